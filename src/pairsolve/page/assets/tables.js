// The registers: searched, sorted and turned by the page, so that any number of rows stays quick.
const PAGE_ROWS = 50;
const shown = { register: "households", sort: -1, down: false, page: 0, search: "" };
const text = (head, of, open) => ({ head, of, open });
const number = (head, of) => ({ head, of, numeric: true });
const REGISTERS = {
  households: { size: () => D.households.id.length, columns: [
    text("household", (i) => nameOf("households", i), (i) => openCard("household", i)), text("id", (i) => D.households.id[i]), text("area", (i) => nameOf("areas", D.households.area[i])),
    number("priority", (i) => D.households.priority[i]), number("needs", (i) => D.needsOf[i].length), number("uncovered", (i) => D.openNeeds[i]), number("helpers", (i) => D.pairsOfHome[i].length)] },
  volunteers: { size: () => D.volunteers.id.length, columns: [
    text("volunteer", (i) => nameOf("volunteers", i), (i) => openCard("volunteer", i)), text("id", (i) => D.volunteers.id[i]), text("team", (i) => nameOf("teams", D.volunteers.team[i])),
    text("area", (i) => nameOf("areas", D.volunteers.area[i])), number("homes", (i) => D.pairsOfVolunteer[i].length), number("most", (i) => D.volunteers.most[i]), number("visits", (i) => D.visitsOfVolunteer[i].length)] },
  pairs: { size: () => D.pairs.minutes.length, columns: [
    text("household", (i) => nameOf("households", D.pairs.household[i]), (i) => openCard("household", D.pairs.household[i])), text("volunteer", (i) => nameOf("volunteers", D.pairs.volunteer[i]), (i) => openCard("volunteer", D.pairs.volunteer[i])),
    text("service", (i) => [...new Set(D.seatsOfPair[i].map((seat) => nameOf("services", D.needs.service[D.seats.need[seat]])))].join(", ")), number("travel", (i) => D.pairs.minutes[i]), text("kept", (i) => say(D.pairs.kept[i] ? "yes" : "no"))] },
  unmet: { size: () => D.unmet.seats.length, columns: [
    text("household", (i) => (D.unmet.need[i] < 0 ? `${say("event")} ${nameOf("events", D.unmet.event[i])}` : nameOf("households", D.needs.household[D.unmet.need[i]])), (i) => D.unmet.need[i] >= 0 && openCard("household", D.needs.household[D.unmet.need[i]])),
    text("service", (i) => (D.unmet.need[i] < 0 ? "–" : nameOf("services", D.needs.service[D.unmet.need[i]]))), text("area", (i) => (D.unmet.need[i] < 0 ? "–" : nameOf("areas", D.households.area[D.needs.household[D.unmet.need[i]]]))),
    number("people", (i) => D.unmet.seats[i]), text("reason", (i) => reason(D.unmet.code[i]))] },
};
function matching() {
  const register = REGISTERS[shown.register], wanted = shown.search.trim().toLowerCase();
  const column = register.columns[shown.sort];
  const rows = Array.from({ length: register.size() }, (_, i) => i).filter((i) => !wanted || register.columns.some((c) => String(c.of(i)).toLowerCase().includes(wanted)));
  if (!column) return rows;
  const keys = new Map(rows.map((i) => [i, column.of(i)]));
  const order = column.numeric ? (a, b) => keys.get(a) - keys.get(b) : ordering();
  rows.sort((a, b) => (shown.down ? -1 : 1) * (column.numeric ? order(a, b) : order(keys.get(a), keys.get(b))) || a - b);
  return rows;
}
const collators = [new Intl.Collator("en", { numeric: true }), new Intl.Collator("zh-CN", { numeric: true })];
const ordering = () => collators[language].compare;
function drawRegister() {
  const register = REGISTERS[shown.register], rows = matching(), pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
  shown.page = Math.min(shown.page, pages - 1);
  byId("register-choice").replaceChildren(...Object.keys(REGISTERS).map((key) => make("button", { type: "button", "aria-pressed": String(key === shown.register), "data-register": key, on: () => choose(key) }, `${say(key)} ${figure(REGISTERS[key].size())}`)));
  const part = rows.slice(shown.page * PAGE_ROWS, (shown.page + 1) * PAGE_ROWS);
  byId("register").replaceChildren(make("caption", {}, make("span", { cls: "hidden" }, say(shown.register))), registerHead(register), make("tbody", {}, ...part.map((i) => make("tr", {}, ...register.columns.map((c) => make("td", { cls: c.numeric ? "n" : null }, cell(c, i)))))));
  byId("register-count").textContent = rows.length ? say("rows", figure(rows.length), figure(register.size())) : say("nothing");
  byId("page-number").textContent = say("pageOf", figure(shown.page + 1), figure(pages));
  byId("page-back").disabled = shown.page === 0;
  byId("page-on").disabled = shown.page >= pages - 1;
}
const cell = (column, i) => (column.open ? link(String(column.of(i)), () => column.open(i)) : column.numeric ? figure(column.of(i)) : String(column.of(i)));
function registerHead(register) {
  return make("thead", {}, make("tr", {}, ...register.columns.map((column, i) => {
    const sorted = i === shown.sort;
    return make("th", { scope: "col", cls: column.numeric ? "n" : null, "aria-sort": sorted ? (shown.down ? "descending" : "ascending") : "none" },
      make("button", { type: "button", "data-sort": i, on: () => sortBy(i) }, say(column.head) + (sorted ? (shown.down ? " ↓" : " ↑") : "")));
  })));
}
function choose(register) {
  Object.assign(shown, { register, sort: -1, down: false, page: 0 });
  drawRegister();
  byId("register-choice").querySelector(`[data-register=${register}]`).focus();
}
function sortBy(column) {
  Object.assign(shown, { down: shown.sort === column ? !shown.down : Boolean(REGISTERS[shown.register].columns[column].numeric), sort: column, page: 0 });
  drawRegister();
  byId("register").querySelector(`[data-sort="${column}"]`).focus();
}
function bindRegister() {
  let waiting = 0;
  byId("search").addEventListener("input", (event) => { clearTimeout(waiting); waiting = setTimeout(() => { Object.assign(shown, { search: event.target.value, page: 0 }); drawRegister(); }, D.large ? 250 : 60); });
  byId("page-back").addEventListener("click", () => { shown.page -= 1; drawRegister(); });
  byId("page-on").addEventListener("click", () => { shown.page += 1; drawRegister(); });
}
