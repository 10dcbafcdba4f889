"""Sample leads of the demo by how their websites behave. They are the same in every demo (Sources/DemoSites)."""

# 1.5 to 3 s to answer.
SLOW = [
    "Golden Oak Auto Repair", "Castellano Roofing", "Hollis Landscaping", "Tanaka Roof & Gutter", "Bluebird Auto Repair",
    "Prairie Gardens", "Birch Hill Landscaping",
]
# Their page arrives over 4 s.
DRIP = ["Rosewood Dental", "Kowalski Wiring Co.", "Delgado Animal Clinic", "Union Square Dental"]
# At one at a time about 30 s.
LONG_RUN = [SLOW[0], DRIP[0], SLOW[1], DRIP[1], SLOW[2], DRIP[2], SLOW[3], DRIP[3], *SLOW[4:]]
QUICK = [
    "Ashford Garage", "Blue Heron Design Studio", "Santos Floral Design", "Union Square Carpentry", "Eastgate Architects",
    "Yarrow Motor Works", "Keystone Auto Repair", "Beacon Exteriors", "Willow Bend Pet Hospital", "Copper Kettle Gardens",
]
# Each fails at the first try, for the reason beside it.
FAILING = {
    "Delgado Bread Company": "not_html",
    "Alvarez Exteriors": "private_address",
    "Larsen Motor Works": "too_many_redirects",
    "Iron Horse Building Design": "too_many_redirects",
    "Ashford Pipe & Water": "too_large",
    "Two Rivers Bread Company": "no_website",
}
# Succeeds at a second or third try.
FLAKY = ["Golden Oak Plumbing & Drain", "Juniper Bookkeeping"]
# Pages that attack whatever shows their parts.
HOSTILE_PAGES = ["Fieldstone Motor Works", "Wild Rose Exteriors", "Stone Bridge Architects"]
SCRIPT_NAME = "<script>alert('lead')</script> Plumbing"
FORMULA_NAME = "=cmd|' /C calc'!A0 Bakery"
# Never answers: a batch with it takes 45 s longer.
HANGING = "Riverbend Roasters"
