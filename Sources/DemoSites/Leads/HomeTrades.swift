extension Trade {
  static let homeTrades: [Trade] = [
    Trade(
      industry: "Plumbing", schemaType: "Plumber", nameEndings: ["Plumbing", "Plumbing & Drain", "Pipe & Water"],
      services: [
        Service("Leak repair", "We find the leak before we open a wall, and show you the meter before and after."),
        Service("Water heaters", "Tank and tankless heaters, sized for your household and fitted in a day."),
        Service("Drain cleaning", "Slow sinks and blocked sewers cleared with a camera, so the same clog does not return."),
        Service("Bathroom fitting", "Showers, tubs and taps set level, sealed well and left clean."),
        Service("Frozen pipes", "Thawed safely, then insulated so that next January is quieter."),
      ],
      about: [
        "{name} has kept the water where it belongs in {city} since {founded}.",
        "A burst pipe does not wait for Monday, so one of our vans is always on call.",
        "You get a written price before a wrench leaves the truck.",
      ]),
    Trade(
      industry: "Electrical", schemaType: "Electrician", nameEndings: ["Electric", "Electrical Services", "Wiring Co."],
      services: [
        Service("Panel upgrades", "Old fuse boxes replaced by safe panels with room for what comes next."),
        Service("Lighting", "Warm rooms, bright workbenches and yards that light up when you come home."),
        Service("Car chargers", "Level 2 chargers with the permit, the breaker and the inspection included."),
        Service("Rewiring", "Cloth wire and aluminum replaced, room by room, while you keep living there."),
        Service("Backup power", "Generators and transfer switches that start when the grid stops."),
      ],
      about: [
        "{name} is a licensed electrical contractor, and has worked on homes around {city} since {founded}.",
        "Every job is tested, labeled and photographed before we leave.",
        "Our electricians explain what they do in words that make sense.",
      ]),
    Trade(
      industry: "Heating and cooling", schemaType: "HVACBusiness", nameEndings: ["Heating & Air", "Climate Services", "Comfort Air"],
      services: [
        Service("Furnace service", "A yearly tune-up that finds the cracked part in October and not at Christmas."),
        Service("Air conditioning", "New systems measured for your rooms instead of guessed from the square feet."),
        Service("Heat pumps", "One quiet unit for winter and summer, with help on the rebates."),
        Service("Duct work", "Sealed, balanced and cleaned, so that the back bedroom is warm too."),
        Service("Air quality", "Filters and fresh air for families with allergies."),
      ],
      about: [
        "Families in {city} have called {name} for heat and cool air since {founded}.",
        "We repair first, and tell you honestly when a repair no longer pays.",
        "Emergency calls are answered by a technician, day and night.",
      ]),
    Trade(
      industry: "Landscaping", schemaType: "HomeAndConstructionBusiness", nameEndings: ["Landscaping", "Gardens", "Lawn & Tree"],
      services: [
        Service("Garden design", "A plan on paper first, with plants that like your soil and your shade."),
        Service("Lawn care", "Mowing, feeding and edging on the same weekday, all season."),
        Service("Tree work", "Pruning and safe removal by climbers who are insured."),
        Service("Patios and paths", "Stone laid on a base that will not heave in the frost."),
        Service("Irrigation", "Drip lines and timers that save water and still keep the roses happy."),
      ],
      about: [
        "{name} plants, prunes and builds gardens in and around {city}.",
        "Since {founded} we have chosen native plants wherever we could.",
        "The same crew comes back each visit, so nobody has to be told twice about the dog.",
      ]),
  ]
}
