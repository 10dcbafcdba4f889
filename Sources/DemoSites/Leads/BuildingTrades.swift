extension Trade {
  static let buildingTrades: [Trade] = [
    Trade(
      industry: "Roofing", schemaType: "RoofingContractor", nameEndings: ["Roofing", "Roof & Gutter", "Exteriors"],
      services: [
        Service("Roof replacement", "Shingle, metal or slate, stripped and laid in two dry days."),
        Service("Storm damage", "Tarps the same evening, and photographs that your insurer will accept."),
        Service("Gutters", "Seamless gutters that carry the water away from your basement."),
        Service("Inspections", "A written report with pictures before you buy or sell."),
      ],
      about: [
        "{name} has put roofs on houses in {city} since {founded}.",
        "We pick up the nails with a magnet, twice.",
        "Our workmanship is guaranteed for ten years, in writing.",
      ]),
    Trade(
      industry: "Auto repair", schemaType: "AutoRepair", nameEndings: ["Auto Repair", "Garage", "Motor Works"],
      services: [
        Service("Brakes", "Pads, rotors and lines, with the old parts shown to you."),
        Service("Diagnostics", "We read the code, then look for the cause behind it."),
        Service("Oil and filters", "In and out in forty minutes, without a sales talk."),
        Service("Tires", "Mounted, balanced and rotated, with fair prices on four."),
        Service("Hybrids", "Battery checks and service by certified technicians."),
      ],
      about: [
        "{name} is an independent shop in {city}, open since {founded}.",
        "Nothing is replaced before you have said yes.",
        "Most repairs are ready the same day, and a loan car is free if they are not.",
      ]),
    Trade(
      industry: "Carpentry", schemaType: "GeneralContractor", nameEndings: ["Woodworks", "Carpentry", "Cabinet Shop"],
      services: [
        Service("Kitchens", "Cabinets built to the wall that you have, not to the one in the catalogue."),
        Service("Built-in shelves", "Libraries and window seats drawn with you at your table."),
        Service("Decks", "Cedar and composite decks on footings that pass inspection."),
        Service("Restoration", "Old doors, stairs and sashes repaired with hand tools."),
      ],
      about: [
        "{name} has built with wood in {city} since {founded}.",
        "Our shop dries its own lumber, so that drawers still slide in August.",
        "You can visit while your piece is on the bench.",
      ]),
    Trade(
      industry: "Architecture", schemaType: "ProfessionalService", nameEndings: ["Architects", "Design Studio", "Building Design"],
      services: [
        Service("Homes", "Houses that fit their street, their budget and the people in them."),
        Service("Additions", "A new room that looks as if it had always been there."),
        Service("Permits", "Drawings that the city accepts, and someone who answers its questions."),
        Service("Small offices", "Light, quiet places to work in old brick buildings."),
      ],
      about: [
        "{name} is a small studio in {city}, founded in {founded}.",
        "We draw by hand first, and build a cardboard model for every client.",
        "One architect stays with your project from the first sketch to the last door handle.",
      ]),
  ]
}
