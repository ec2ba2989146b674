"""The names of Riverbank Foods: stores, suppliers, products, promotions and what its customers say."""

from __future__ import annotations

# city, region, latitude, longitude, manager, opened on
STORES: list[tuple[str, str, float, float, str, str]] = [
    ("Alderford", "Upper Valley", 53.4121, -7.9042, "Maeve Corrigan", "2016-03-14"),
    ("Brackenwick", "Upper Valley", 53.3987, -7.7615, "Tomas Lindqvist", "2017-09-04"),
    ("Castlemere", "Upper Valley", 53.3519, -7.6120, "Priya Raman", "2017-11-20"),
    ("Dunholme", "Middle Valley", 53.3018, -7.4483, "Oisin Farrell", "2018-05-07"),
    ("Eastmarsh", "Estuary", 53.2204, -6.9871, "Lucia Ferreira", "2018-10-15"),
    ("Fernhill", "Middle Valley", 53.2876, -7.3350, "Andre Baptiste", "2019-02-25"),
    ("Greywater", "Estuary", 53.1932, -6.8722, "Sinead Daly", "2019-06-17"),
    ("Harrowby", "Middle Valley", 53.2655, -7.2209, "Kofi Mensah", "2020-08-03"),
    ("Kingsmere", "Coast", 53.1418, -6.7109, "Elena Petrova", "2021-04-12"),
    ("Larkfield", "Coast", 53.1180, -6.6384, "Rory O'Shea", "2022-01-31"),
    ("Millbrook", "Estuary", 53.1774, -6.8015, "Hana Suzuki", "2023-05-22"),
    ("Norbury Quay", "Coast", 53.0927, -6.5530, "Ben Achterberg", "2025-02-10"),
]

# How the customers spread over the stores: the store's number, repeated by its weight.
STORE_WEIGHTS: list[int] = (
    [1] * 14
    + [2] * 11
    + [3] * 9
    + [4] * 8
    + [5] * 13
    + [6] * 6
    + [7] * 10
    + [8] * 5
    + [9] * 9
    + [10] * 6
    + [11] * 5
    + [12] * 4
)

SUPPLIERS: list[tuple[str, str, str]] = [
    ("Arlside Dairy Cooperative", "Alderford", "IE"),
    ("Blackthorn Orchards", "Brackenwick", "IE"),
    ("Casa Oliveira", "Evora", "PT"),
    ("Dunholme Mill", "Dunholme", "IE"),
    ("Eastmarsh Smokehouse", "Eastmarsh", "IE"),
    ("Fattoria Bellacqua", "Lucca", "IT"),
    ("Glasshouse & Sons", "Fernhill", "IE"),
    ("Hollow Oak Butchers", "Harrowby", "IE"),
    ("Isla Verde Fruit", "Almeria", "ES"),
    ("Juniper Lane Brewing", "Kingsmere", "IE"),
    ("Kettle & Thyme", "Larkfield", "IE"),
    ("Lighthouse Fisheries", "Norbury Quay", "IE"),
    ("Moulin du Coteau", "Lyon", "FR"),
    ("Nordlys Havre", "Aarhus", "DK"),
    ("Old Quarry Eggs", "Castlemere", "IE"),
    ("Plain & Simple Household", "Greywater", "IE"),
]

# category -> (number of the usual suppliers, shelf life in days or None, [product, size, price in cents])
PRODUCTS: dict[str, tuple[list[int], int | None, list[tuple[str, str, int]]]] = {
    "Fruit": (
        [2, 9],
        9,
        [
            ("Braeburn apples", "1 kg", 329),
            ("Conference pears", "6 pieces", 289),
            ("Blood oranges", "1 kg", 349),
            ("Ripe bananas", "5 pieces", 165),
            ("Wild blueberries", "200 g", 379),
            ("Strawberries", "400 g", 425),
            ("Unwaxed lemons", "4 pieces", 199),
            ("Honeydew melon", "each", 299),
            ("Black seedless grapes", "500 g", 345),
            ("Clementines", "1 kg", 279),
            ("Ready-to-eat mango", "each", 189),
            ("Victoria plums", "500 g", 265),
        ],
    ),
    "Vegetables": (
        [7, 9],
        8,
        [
            ("Rooster potatoes", "2.5 kg", 399),
            ("Rainbow carrots", "750 g", 185),
            ("Vine tomatoes", "6 pieces", 219),
            ("Baby spinach", "200 g", 199),
            ("Savoy cabbage", "each", 149),
            ("Red onions", "1 kg", 145),
            ("Chestnut mushrooms", "250 g", 165),
            ("Tenderstem broccoli", "220 g", 249),
            ("Butternut squash", "each", 229),
            ("Sweet peppers", "3 pieces", 239),
            ("Cucumber", "each", 109),
            ("Garlic bulbs", "3 pieces", 135),
        ],
    ),
    "Dairy & Eggs": (
        [1, 15],
        14,
        [
            ("Whole milk", "2 l", 239),
            ("Low-fat milk", "1 l", 135),
            ("Free-range eggs", "12 pieces", 429),
            ("Salted butter", "227 g", 345),
            ("Greek-style yoghurt", "500 g", 275),
            ("Mature cheddar", "350 g", 489),
            ("Soft goat's cheese", "150 g", 399),
            ("Double cream", "250 ml", 189),
            ("Halloumi", "225 g", 359),
            ("Natural kefir", "750 ml", 299),
            ("Mozzarella di bufala", "125 g", 329),
            ("Cottage cheese", "300 g", 219),
        ],
    ),
    "Bakery": (
        [4, 13],
        4,
        [
            ("Sourdough loaf", "800 g", 475),
            ("Seeded wholemeal loaf", "600 g", 349),
            ("Butter croissants", "4 pieces", 399),
            ("Soda bread", "500 g", 299),
            ("Cinnamon buns", "4 pieces", 449),
            ("Stone-baked baguette", "each", 179),
            ("Plain bagels", "5 pieces", 245),
            ("Rye crispbread", "250 g", 289),
            ("Blueberry muffins", "4 pieces", 379),
            ("Rosemary focaccia", "300 g", 389),
            ("Soft white rolls", "6 pieces", 199),
            ("Lemon drizzle cake", "each", 525),
        ],
    ),
    "Meat & Fish": (
        [8, 12, 5],
        5,
        [
            ("Chicken breast fillets", "500 g", 699),
            ("Lean beef mince", "500 g", 649),
            ("Pork sausages", "8 pieces", 459),
            ("Smoked back rashers", "200 g", 379),
            ("Lamb shoulder", "1.2 kg", 1599),
            ("Salmon fillets", "2 pieces", 749),
            ("Smoked haddock", "300 g", 695),
            ("Cod loin", "280 g", 799),
            ("Free-range whole chicken", "1.6 kg", 1095),
            ("Sirloin steak", "2 pieces", 1349),
            ("Turkey mince", "400 g", 499),
            ("Cooked prawns", "200 g", 549),
        ],
    ),
    "Pantry": (
        [3, 6, 14, 11],
        None,
        [
            ("Extra virgin olive oil", "500 ml", 899),
            ("Penne rigate", "500 g", 165),
            ("Carnaroli rice", "1 kg", 429),
            ("Chopped tomatoes", "400 g", 115),
            ("Rolled oats", "1 kg", 219),
            ("Red lentils", "500 g", 179),
            ("Chickpeas in water", "400 g", 99),
            ("Peanut butter, crunchy", "340 g", 349),
            ("Heather honey", "340 g", 649),
            ("Raspberry jam", "370 g", 329),
            ("Sea salt flakes", "250 g", 259),
            ("Strong white flour", "1.5 kg", 245),
            ("Basil pesto", "190 g", 289),
            ("Vegetable stock cubes", "12 pieces", 189),
        ],
    ),
    "Drinks": (
        [10, 2, 13],
        None,
        [
            ("Cloudy apple juice", "1 l", 329),
            ("Sparkling water", "6 x 1 l", 399),
            ("Elderflower cordial", "500 ml", 425),
            ("Pale ale", "4 x 330 ml", 899),
            ("Ginger kombucha", "330 ml", 289),
            ("Breakfast tea", "80 bags", 459),
            ("Filter coffee, medium roast", "250 g", 699),
            ("Oat drink, barista", "1 l", 235),
            ("Dry cider", "500 ml", 345),
            ("Tonic water", "4 x 200 ml", 379),
            ("Orange juice, smooth", "1.5 l", 389),
            ("Decaf coffee pods", "20 pieces", 749),
        ],
    ),
    "Ready Meals": (
        [11, 6],
        6,
        [
            ("Vegetable lasagne", "400 g", 525),
            ("Chicken tikka masala", "450 g", 595),
            ("Fish pie", "400 g", 575),
            ("Mushroom risotto", "350 g", 495),
            ("Beef stew with barley", "450 g", 649),
            ("Margherita pizza", "380 g", 549),
            ("Lentil dal", "350 g", 425),
            ("Leek and potato soup", "600 g", 379),
            ("Spinach cannelloni", "400 g", 559),
            ("Thai green curry", "400 g", 589),
            ("Pad thai with tofu", "380 g", 549),
            ("Macaroni cheese", "400 g", 465),
        ],
    ),
    "Frozen": (
        [12, 7, 11],
        365,
        [
            ("Garden peas", "900 g", 265),
            ("Vanilla ice cream", "1 l", 549),
            ("Mixed berries", "450 g", 425),
            ("Fish fingers", "10 pieces", 389),
            ("Oven chips", "1 kg", 299),
            ("Puff pastry", "375 g", 279),
            ("Mango sorbet", "500 ml", 489),
            ("Sweetcorn", "750 g", 235),
            ("Prawn gyoza", "300 g", 529),
            ("Veggie burgers", "4 pieces", 379),
        ],
    ),
    "Household": (
        [16],
        None,
        [
            ("Laundry liquid, fresh cotton", "1.5 l", 899),
            ("Washing-up liquid", "500 ml", 249),
            ("Kitchen roll", "4 rolls", 459),
            ("Toilet tissue", "9 rolls", 649),
            ("Dishwasher tablets", "40 pieces", 999),
            ("Compostable bin liners", "30 l", 399),
            ("Beeswax wraps", "3 pieces", 1099),
            ("Hand soap, lavender", "300 ml", 299),
            ("All-purpose cleaner", "750 ml", 279),
            ("Baby wipes", "64 pieces", 199),
        ],
    ),
}

# name, code, kind, percent off, first day, last day, budget in cents (None: open-ended)
PROMOTIONS: list[tuple[str, str, str, int, str, str, int | None]] = [
    ("New Year, fresh start", "FRESH24", "seasonal", 15, "2024-01-02", "2024-01-31", 900000),
    ("Pancake week", "PANCAKE", "seasonal", 10, "2024-02-08", "2024-02-18", 250000),
    ("Spring on the river", "SPRING24", "seasonal", 12, "2024-04-01", "2024-04-30", 800000),
    ("Welcome to Riverbank", "WELCOME", "acquisition", 20, "2024-01-01", "2026-06-30", None),
    ("Bring a neighbour", "NEIGHBOUR", "referral", 15, "2024-03-01", "2026-06-30", None),
    ("Summer barbecue", "GRILL24", "seasonal", 10, "2024-06-01", "2024-08-15", 1500000),
    ("Back to lunchboxes", "LUNCHBOX", "seasonal", 8, "2024-08-26", "2024-09-20", 600000),
    ("Harvest table", "HARVEST24", "seasonal", 12, "2024-10-01", "2024-10-31", 700000),
    ("Winter warmers", "WARM24", "seasonal", 10, "2024-11-15", "2024-12-23", 1800000),
    ("We miss you", "COMEBACK", "retention", 25, "2025-01-15", "2026-06-30", None),
    ("Norbury Quay opening", "NORBURY", "acquisition", 30, "2025-02-10", "2025-03-31", 500000),
    ("Spring on the river", "SPRING25", "seasonal", 12, "2025-04-01", "2025-04-30", 950000),
    ("Strawberry fortnight", "BERRY25", "seasonal", 15, "2025-06-09", "2025-06-22", 400000),
    ("Summer barbecue", "GRILL25", "seasonal", 10, "2025-06-23", "2025-08-15", 1700000),
    ("Harvest table", "HARVEST25", "seasonal", 12, "2025-10-01", "2025-10-31", 900000),
    ("Winter warmers", "WARM25", "seasonal", 10, "2025-11-15", "2025-12-23", 2200000),
    ("Plastic-free month", "REFILL26", "seasonal", 8, "2026-03-01", "2026-03-31", 450000),
    ("Ten years of Alderford", "TENYEARS", "seasonal", 10, "2026-03-14", "2026-03-28", 650000),
]

FIRST_NAMES = (
    "Aoife Liam Niamh Conor Saoirse Jack Orla Sean Emily Daniel Grace Noah Chloe Adam Ines Mateus Yuki Omar "
    "Zofia Piotr Amara Tunde Leila Farid Ana Mihai Greta Jonas Freya Lars Mei Wei Isha Arjun Nora Hugo Camille "
    "Theo Rosa Marco Sadie Felix Ivy Oscar Maisie Callum Una Declan Beatriz Tariq Ruth Samuel Alma Viktor Cara "
    "Eoin"
).split()
LAST_NAMES = (
    "Murphy Kelly Walsh Byrne Doyle Nolan Keane Quinn Hayes Brennan Okafor Adeyemi Kowalska Nowak Silva Costa "
    "Rossi Conti Tanaka Sato Haddad Rahman Sharma Patel Ionescu Popescu Larsen Nilsson Weber Fischer Dubois "
    "Moreau Garcia Navarro Chen Liu Novak Horvat Jansen Visser Whelan Duffy Carroll Maguire Tierney Foley "
    "Barrett Lacey Thorne Ashby Marlowe Pike Winslow Hart"
).split()
STREETS = (
    "Mill Lane|Weir Street|Orchard Road|Station Parade|Chapel Hill|Willow Walk|Harbour View|Market Square|"
    "Abbey Road|Quarry Rise|Meadow Close|Lockkeeper's Row|Bridge Street|Heron Drive|Old Ferry Road|Linden Avenue|"
    "Priory Gardens|Saltmarsh Way"
).split("|")
COURIERS = (
    "Dara Flynn|Milo Novotny|Agnes Boateng|Pawel Zielinski|Carmen Ortiz|Teddy Nwosu|Fionn Hackett|Jasmin Aydin|"
    "Gus Halloran|Rina Kapoor|Stefan Marin|Bridie Coyle|Ola Svensson|Kwame Asante|Lotte de Vries|Ger Malone|"
    "Nadia Belkacem|Paddy Roche|Ewa Wrona|Luis Prado|Tess Gormley|Ivo Dimitrov|Mags Tully|Hassan Noor"
).split("|")
ORDER_NOTES = [
    "Please leave by the side gate.",
    "Ring twice, the bell is quiet.",
    "No substitutions for the bread, thank you.",
    "The dog is friendly but he does like sausages. Please keep the meat bag closed until I come to the door.",
    "Call when you are at the bridge; the satnav sends everybody to the wrong side of the river.",
    "Paper bags only, please.",
    "Third floor, the lift is out of order. Sorry! There is a tip on the order for your trouble.",
    "If I am out, number 14 will take it.",
]
RETURN_COMMENTS = [
    "Two of the six were bruised.",
    "The seal was broken when it arrived and the milk had leaked over the rest of the bag.",
    "I ordered the large one and received the small one.",
    "Past its best-before date on the day of delivery.",
    "Changed our plans, unopened.",
    "Thawed on arrival. The driver was kind about it and took a photograph.",
]
SEARCHES = [
    "oat milk",
    "sourdough",
    "gluten free pasta",
    "salmon",
    "birthday cake",
    "nappies",
    "free range eggs",
    "curry paste",
    "strawberries",
    "dog food",
    "coffee beans",
    "halloumi",
    "low salt butter",
    "dishwasher tablets",
]
