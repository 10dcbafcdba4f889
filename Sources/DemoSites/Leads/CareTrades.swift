extension Trade {
  static let careTrades: [Trade] = [
    Trade(
      industry: "Dental care", schemaType: "Dentist", nameEndings: ["Dental", "Family Dentistry", "Smile Care"],
      services: [
        Service("Check-ups", "An unhurried hour with the same hygienist each time."),
        Service("Fillings and crowns", "Tooth-colored work, most of it finished in one visit."),
        Service("Children", "First visits that are mostly counting and stickers."),
        Service("Emergencies", "Call before ten, and we will see you today."),
        Service("Implants", "Planned with a scan and explained with a model."),
      ],
      about: [
        "{name} has looked after smiles in {city} since {founded}.",
        "We tell you the cost before you sit down.",
        "Nervous patients are welcome: say so, and we go at your pace.",
      ]),
    Trade(
      industry: "Veterinary", schemaType: "VeterinaryCare", nameEndings: ["Animal Clinic", "Veterinary", "Pet Hospital"],
      services: [
        Service("Wellness exams", "Nose to tail, with time for all of your questions."),
        Service("Vaccines", "A plan that suits how your animal really lives."),
        Service("Surgery", "Careful anesthesia, pain relief, and a call the same evening."),
        Service("Dental cleaning", "Better breath, and fewer infections later."),
      ],
      about: [
        "{name} has cared for cats, dogs and the odd goat in {city} since {founded}.",
        "Cats wait in a room of their own, without dogs.",
        "After hours, our phone leads to a doctor who knows your animal.",
      ]),
    Trade(
      industry: "Hair salon", schemaType: "HairSalon", nameEndings: ["Hair Salon", "Hair Studio", "Barbers"],
      services: [
        Service("Cuts", "A talk first, then a cut that you can style at home."),
        Service("Color", "Gentle color and honest advice on upkeep."),
        Service("Beard and shave", "Hot towel, straight razor, no hurry."),
        Service("Events", "Hair for weddings and proms, here or at your place."),
      ],
      about: [
        "{name} has cut hair in {city} since {founded}.",
        "Gift cards and products from small makers stand by the door.",
        "Book online at night or walk in on a Tuesday.",
      ]),
    Trade(
      industry: "Accounting", schemaType: "AccountingService", nameEndings: ["Accounting", "Tax & Books", "Bookkeeping"],
      services: [
        Service("Tax returns", "Personal and business returns, filed on time and explained in plain words."),
        Service("Bookkeeping", "Monthly books that match the bank to the cent."),
        Service("Payroll", "People paid on Friday, and filings done on Monday."),
        Service("New companies", "Help with the form, the account and the first year."),
        Service("Advice", "A yearly talk about what the numbers mean."),
      ],
      about: [
        "{name} has kept books for small firms in {city} since {founded}.",
        "Our prices are fixed, and a short question never starts a clock.",
        "You will work with one accountant, who picks up the phone.",
      ]),
  ]
}
