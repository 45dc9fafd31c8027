// Building blocks of the document. Text only ever enters as text.
const byId = (id) => document.getElementById(id);
function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "on") element.addEventListener("click", value);
    else if (value !== false && value !== null) element.setAttribute(name === "cls" ? "class" : name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
const link = (text, open) => make("button", { type: "button", cls: "link", on: open }, text);
const empty = (key) => make("p", { cls: "empty" }, say(key));
const homeLink = (home) => link(nameOf("households", home), () => openCard("household", home));
const volunteerLink = (person) => link(nameOf("volunteers", person), () => openCard("volunteer", person));
function table(heads, rows, numeric = []) {
  const cls = (column) => (numeric.includes(column) ? "n" : null);
  return make("table", { cls: heads.length > 3 ? "wide" : null },
    make("thead", {}, make("tr", {}, ...heads.map((head, i) => make("th", { scope: "col", cls: cls(i) }, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell, i) => make("td", { cls: cls(i) }, cell))))));
}
const scrolled = (content, label) => make("div", { cls: "scroll", tabindex: "0", role: "group", "aria-label": label }, content);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
function tip(lines) {
  return make("div", {}, ...lines.map((line, i) => make(i ? "div" : "strong", {}, line)));
}
function areaOptions(select) {
  const chosen = select.value || "-1";
  const order = D.areas.id.map((_, area) => area).filter((area) => area < 4000);
  select.replaceChildren(make("option", { value: "-1" }, say("allAreas")), ...order.map((area) => make("option", { value: area }, nameOf("areas", area))));
  select.value = chosen;
}
