// The way through: unpack, draw, and draw again when language or theme change.
const TIER_KEYS = ["coverage", "targets", "neighbour", "continuity", "travel", "preference", "balance", "faces", "missed", "regularity"];
function tierName(name) {
  return name.split("+").map((part) => { const [term, level] = part.split(":"); return TIER_KEYS.includes(term) ? say("tier_" + term, level) : part; }).join(" + ");
}
function drawSummary() {
  const t = D.totals, plan = D.plan, parts = [make("p", { cls: "lead" }, say(plan.status))];
  if (plan.contradictions.length) parts.push(make("ul", {}, ...plan.contradictions.map((line) => make("li", {}, line))));
  const box = (value, label, sign, key) => make("div", { cls: "figure " + sign, "data-figure": key }, make("strong", {}, value), label);
  const figures = [
    box(percent(t.covered, t.needs), `${say("needsCovered")} (${figure(t.covered)} / ${figure(t.needs)})`, "good", "covered"),
    box(figure(t.uncovered), say("needsUncovered"), t.uncovered ? "bad" : "good", "uncovered"),
    box(figure(t.without), say("homesWithout"), t.without ? "bad" : "good", "without"), box(figure(D.pairs.minutes.length), say("pairsMade"), "", "pairs"),
  ];
  if (plan.stage === "all") figures.push(box(figure(D.visits.need.length), say("visitsPlanned"), "", "visits"), box(figure(D.missed.need.length), say("visitsMissed"), D.missed.need.length ? "bad" : "good", "missed"));
  if (t.events) figures.push(box(figure(t.staffed), say("eventsStaffed", t.events), "", "events"));
  parts.push(make("div", { cls: "figures" }, ...figures));
  const why = unmetByReason();
  parts.push(make("div", { cls: "stack" },
    make("div", {}, make("h3", {}, say("whyUncovered")), why.length ? scrolled(table([say("reason"), say("people")], why.map(([code, seats]) => [reason(code), figure(seats)]), [1]), say("whyUncovered")) : empty("allCovered")),
    make("div", {}, make("h3", {}, say("proofs")), scrolled(tierTable(), say("proofs")))));
  byId("summary-body").replaceChildren(...parts);
}
function tierTable() {
  const rows = D.plan.tiers.map(([name, , value, bound, proof]) => {
    const best = bound !== null && bound >= value;
    return [tierName(name), figure(value), bound === null ? "–" : figure(bound), make("span", { cls: best ? "good-text" : "" }, bound === null ? say("unproven") : best ? `${say("best")} (${say(proof === "search" ? "search_" : proof)})` : say("away", figure(value - bound)))];
  });
  return table([say("aim"), say("value"), say("bound"), say("proof")], rows, [1, 2]);
}
function unmetByReason() {
  const sums = new Map();
  D.unmet.code.forEach((code, i) => sums.set(code, (sums.get(code) || 0) + D.unmet.seats[i]));
  return [...sums].sort((a, b) => b[1] - a[1]);
}
function drawTargets() {
  const rows = D.targets.map(([id, service, area, share, goal, done]) => {
    return [id, `${service < 0 ? say("allServices") : nameOf("services", service)} · ${area < 0 ? say("allAreas") : nameOf("areas", area)}`, share === null ? figure(goal) : `${+(100 * share).toFixed(2)}% (${figure(goal)})`, figure(done), make("span", { cls: done >= goal ? "good-text" : "bad-text" }, done >= goal ? "✓ " + say("met") : "✕ " + say("short", figure(goal - done)))];
  });
  byId("targets-body").replaceChildren(rows.length ? scrolled(table([say("id"), say("where"), say("target"), say("reached"), say("result")], rows, [2, 3]), say("targets")) : empty("noTargets"));
}
function drawCalendar() {
  const body = byId("calendar-body");
  if (!D.visits.need.length && !D.events.id.length) { body.replaceChildren(empty("noVisits")); return; }
  const length = Math.round((Date.parse(D.plan.lastDay) - Date.parse(D.plan.firstDay)) / 86400000) + 1;
  const counts = new Uint32Array(length), lead = (dateOf(0).getUTCDay() + 6) % 7;
  D.visits.day.forEach((day) => { counts[day] += 1; });
  D.events.day.forEach((day) => { if (day >= 0 && day < length) counts[day] += 1; });
  const most = Math.max(1, ...counts);
  const dayCell = (day) => {
    if (day < 0 || day >= length) return make("td", { cls: "outside" });
    const date = make("span", { cls: "date" }, dateOf(day).toLocaleDateString(language ? "zh-CN" : "en-GB", { timeZone: "UTC", day: "numeric", month: language ? "numeric" : "short" }));
    if (!counts[day]) return make("td", {}, date, make("span", { cls: "quiet" }, D.plan.closedDays.includes(day) ? say("closed") : "–"));
    return make("td", { style: `background:rgba(var(--shade),${(0.08 + 0.3 * counts[day] / most).toFixed(2)})` }, date, make("button", { type: "button", cls: "link count", "aria-label": `${dayText(day)}: ${counts[day]} ${say("visitsWord")}`, on: () => drawDay(day) }, figure(counts[day])));
  };
  const weekday = (n) => new Date(Date.UTC(2024, 0, 1 + n)).toLocaleDateString(language ? "zh-CN" : "en-GB", { timeZone: "UTC", weekday: "short" });
  const days = [0, 1, 2, 3, 4, 5, 6], weeks = Math.ceil((lead + length) / 7);
  const grid = make("table", { cls: "weeks" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, say("week")), ...days.map((n) => make("th", { scope: "col" }, weekday(n))))),
    make("tbody", {}, ...Array.from({ length: weeks }, (_, week) => make("tr", {}, make("th", { scope: "row" }, String(week + 1)), ...days.map((n) => dayCell(week * 7 + n - lead))))));
  body.replaceChildren(scrolled(grid, say("calendar")), make("div", { id: "day-list", cls: "day-list", "aria-live": "polite" }));
}
function drawDay(day) {
  const visits = D.visits.day.map((d, visit) => (d === day ? visit : -1)).filter((visit) => visit >= 0).sort((a, b) => D.visits.start[a] - D.visits.start[b]);
  const rows = visits.slice(0, 200).map((visit) => { const need = D.visits.need[visit]; return [`${clock(D.visits.start[visit])}–${clock(D.visits.start[visit] + D.visits.minutes[visit])}`, homeLink(D.needs.household[need]), nameOf("services", D.needs.service[need]), make("span", {}, ...crewNames(visit))]; });
  D.events.day.forEach((d, event) => { if (d === day) rows.unshift([`${clock(D.events.start[event])}–${clock(D.events.end[event])}`, nameOf("events", event), say("event"), "–"]); });
  byId("day-list").replaceChildren(make("h3", {}, say("visitsOn", dayText(day))), scrolled(table([say("time"), say("household"), say("service"), say("people_with")], rows), say("visitsOn", dayText(day))), visits.length > 200 ? make("p", { cls: "quiet" }, say("moreRows", 200, figure(visits.length))) : "");
}
function drawAdvice() {
  const sums = new Map();
  D.unmet.code.forEach((code, i) => {
    const service = D.unmet.need[i] < 0 ? -1 : D.needs.service[D.unmet.need[i]], key = code + " " + service;
    const sum = sums.get(key) || { code, service, seats: 0 };
    sum.seats += D.unmet.seats[i];
    sums.set(key, sum);
  });
  const list = [...sums.values()].sort((a, b) => b.seats - a.seats);
  if (!list.length) { byId("advice-body").replaceChildren(empty("allCovered")); return; }
  const idle = D.pairsOfVolunteer.filter((pairs) => !pairs.length).length;
  const room = D.pairsOfVolunteer.reduce((sum, pairs, i) => sum + Math.max(0, D.volunteers.most[i] - pairs.length), 0);
  byId("advice-body").replaceChildren(make("p", { cls: "quiet" }, say("adviceNote")), make("p", {}, say("idleVolunteers", figure(idle), figure(room))), make("ul", { cls: "plain" }, ...list.slice(0, 40).map(({ code, service, seats }) => make("li", {},
    make("strong", {}, say("adviceLine", service < 0 ? say("event") : nameOf("services", service), figure(seats))), " ", reason(code) + (language ? "。" : ". "), cure(code)))));
}
function drawWords() {
  document.documentElement.lang = language ? "zh-CN" : "en";
  document.querySelectorAll("[data-t]").forEach((element) => { element.textContent = say(element.dataset.t); });
  document.querySelectorAll("[data-label]").forEach((element) => element.setAttribute("aria-label", say(element.dataset.label)));
  byId("language").lang = language ? "en" : "zh-CN";
  byId("title").textContent = D.plan.name || "pairsolve";
  byId("period").textContent = say("period", D.plan.firstDay, D.plan.lastDay);
  byId("origin").textContent = say("origin", D.plan.version, D.plan.fingerprint.slice(0, 12), D.plan.seed);
}
const drawGraphics = () => { drawMap(); drawCoverage(); drawLoads(); };
function draw() { drawWords(); drawSummary(); drawGraphics(); drawTargets(); drawCalendar(); drawRegister(); drawAdvice(); drawCard(); }
function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  byId("theme").setAttribute("aria-pressed", String(dark));
}
function bind() {
  byId("language").addEventListener("click", () => { language = 1 - language; draw(); });
  byId("theme").addEventListener("click", () => { setTheme(document.documentElement.dataset.theme !== "dark"); drawGraphics(); });
  for (const id of ["map-area", "map-pairs"]) byId(id).addEventListener("change", drawMap);
  byId("map-whole").addEventListener("click", () => { byId("map-area").value = "-1"; drawMap(); });
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawGraphics, 150); });
  let wasDark = false;
  window.addEventListener("beforeprint", () => { wasDark = document.documentElement.dataset.theme === "dark"; if (wasDark) { setTheme(false); drawGraphics(); } });
  window.addEventListener("afterprint", () => { if (wasDark) { setTheme(true); drawGraphics(); } });
  bindRegister();
  bindCard();
}
async function start() {
  setTheme(matchMedia("(prefers-color-scheme: dark)").matches);
  language = /^zh/i.test(navigator.language) ? 1 : 0;
  if (!("DecompressionStream" in window)) { byId("summary-body").textContent = say("unsupported"); return; }
  D = prepare(await unpack(byId("data").textContent));
  byId("map-pairs").checked = D.households.id.length <= 4000;  // more lines than an eye can follow
  bind();
  draw();
  byId("main").setAttribute("aria-busy", "false");
  document.documentElement.dataset.ready = Math.round(performance.now());
}
start();
