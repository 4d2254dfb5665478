// @ts-check
// What the sample's texts are put together from. Enough of each that the engine's compression has the work it has with real texts.

export const FIRST_NAMES = [
  "Mei-Ling",
  "Chih-Hao",
  "Yu-Ting",
  "Jun-Jie",
  "Wen-Hui",
  "Hsin-Yi",
  "Po-Yen",
  "Shu-Fen",
  "Ting-Yu",
  "Kai-Wen",
  "Olivia",
  "Mateo",
  "Aya",
  "Noah",
  "Léa",
  "Sofia",
  "Ravi",
  "Hana",
  "Lucas",
  "Ingrid",
  "Emre",
  "Zuri",
  "Anton",
  "Priya",
];
export const LAST_NAMES = [
  "Chen",
  "Lin",
  "Huang",
  "Chang",
  "Lee",
  "Wang",
  "Wu",
  "Liu",
  "Tsai",
  "Yang",
  "Hsu",
  "Cheng",
  "Kuo",
  "Chou",
  "Tanaka",
  "Müller",
  "Rossi",
  "García",
  "Novak",
  "Okafor",
  "Silva",
  "Dubois",
  "Andersen",
  "Kaya",
  "Sharma",
  "Kim",
  "Nguyen",
];
export const CITIES = [
  "Taipei",
  "Hsinchu",
  "Taichung",
  "Tainan",
  "Kaohsiung",
  "Hualien",
  "Tokyo",
  "Singapore",
  "Hong Kong",
];
export const TIERS = ["Platinum", "Diamond", "Black Card", "Gold", "Silver"];
export const CATEGORIES = [
  "Private dinner",
  "Yacht party",
  "Art salon",
  "Tasting",
  "Charity gala",
  "Tea ceremony",
  "Recital",
];
export const VENUES = [
  "Regent Ballroom",
  "Harbour Terrace",
  "Maison Lumière",
  "Elephant Mountain Lodge",
  "The Glasshouse",
  "Pier 7",
  "Jade Pavilion",
  "Library Bar",
  "Skyline 46",
  "Orchid Garden",
  "Old Observatory",
  "Sun Moon Lake House",
];
export const STATUSES = [
  "confirmed",
  "confirmed",
  "confirmed",
  "attended",
  "attended",
  "waitlisted",
  "cancelled",
  "refunded",
];
export const WORDS = (
  "the and for with your our you this that evening table guests menu wine chef seats dress code smart arrive early late " +
  "please confirm thank hello reservation allergy vegetarian window quiet corner music quartet jazz piano opening talk " +
  "painter gallery private viewing auction charity proceeds children hospital river harbour boat captain weather rain " +
  "umbrella taxi parking driver station airport hotel lobby reception card payment invoice receipt refund transfer bank " +
  "tomorrow today tonight Friday Saturday Sunday morning afternoon noon midnight o'clock sharp minutes hour before after " +
  "host hostess speaker toast cake birthday anniversary wedding engagement friend partner colleague family mother father " +
  "brother sister daughter son invited member membership upgrade platinum diamond benefits lounge access list waiting " +
  "cancelled postponed moved changed another date venue floor terrace garden balcony kitchen cellar vintage champagne tea " +
  "oolong coffee dessert cheese truffle oyster lobster mushroom noodle dumpling soup salad bread butter photo camera " +
  "video post share story link map address street lane alley door bell code gate guard name badge coat bag lost found " +
  "謝謝 明天 晚上 兩位 素食 靠窗 生日 快樂 可以 改期 嗎 期待 見面 停車 地址 收到 付款 發票 候補 名單"
).split(" ");
