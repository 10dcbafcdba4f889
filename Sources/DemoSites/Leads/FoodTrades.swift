extension Trade {
  static let foodTrades: [Trade] = [
    Trade(
      industry: "Bakery", schemaType: "Bakery", nameEndings: ["Bakery", "Bread Company", "Bakehouse"],
      services: [
        Service("Sourdough", "Three loaves from one old starter, baked dark before dawn."),
        Service("Cakes to order", "Birthday and wedding cakes, with two days of notice."),
        Service("Breakfast pastry", "Croissants and morning buns until they are gone."),
        Service("Wholesale", "Rolls for cafes and restaurants, delivered by six."),
      ],
      about: [
        "{name} has baked for {city} every morning since {founded}.",
        "Our flour comes from a mill that you could drive to before lunch.",
        "Bread that is left at closing goes to the shelter on the same street.",
      ]),
    Trade(
      industry: "Restaurant", schemaType: "Restaurant", nameEndings: ["Kitchen", "Grill", "Table"],
      services: [
        Service("Dinner", "A short menu that changes with the market, Tuesday to Sunday."),
        Service("Brunch", "Eggs, hot griddle cakes and strong coffee on weekends."),
        Service("Private room", "Space for twenty guests, with a menu that we plan together."),
        Service("Catering", "Trays, staff and plates for your office or your garden."),
      ],
      about: [
        "{name} has cooked for neighbors in {city} since {founded}.",
        "We buy from nine farms, and print their names on the menu.",
        "Walk in, or call us and we will hold the table by the window.",
      ]),
    Trade(
      industry: "Coffee shop", schemaType: "CafeOrCoffeeShop", nameEndings: ["Coffee", "Cafe", "Roasters"],
      services: [
        Service("Fresh roasts", "Small batches on Monday and Thursday, with the date on the bag."),
        Service("Espresso bar", "Drinks made with care by people who remember your order."),
        Service("Lunch", "Soup, toast and a salad that is not an afterthought."),
        Service("Office coffee", "Beans, grinder and service for companies nearby."),
      ],
      about: [
        "{name} pours coffee in {city} from six in the morning.",
        "We have roasted here since {founded}, and still taste every batch.",
        "There is room for laptops, strollers and quiet reading.",
      ]),
    Trade(
      industry: "Florist", schemaType: "Florist", nameEndings: ["Flowers", "Floral Design", "Blooms"],
      services: [
        Service("Bouquets", "Seasonal flowers, tied by hand and delivered the same afternoon."),
        Service("Weddings", "From the buttonhole to the arch, planned over tea."),
        Service("Sympathy", "Quiet, careful work for hard days."),
        Service("Subscriptions", "Fresh stems for your home or front desk each week."),
      ],
      about: [
        "{name} has brought flowers to {city} since {founded}.",
        "Half of what we sell grows within fifty miles.",
        "Tell us the occasion and the budget, and leave the rest to us.",
      ]),
  ]
}
