// The card of one household or volunteer: who comes, when, or why nobody does.
let opened = null;
function openCard(kind, number) {
  opened = [kind, number];
  drawCard();
  if (!byId("card").open) byId("card").showModal();
}
function drawCard() {
  if (!opened) return;
  const [kind, number] = opened, register = kind === "household" ? "households" : "volunteers";
  byId("card-h").textContent = nameOf(register, number);
  byId("card-body").replaceChildren(...(kind === "household" ? homeCard(number) : volunteerCard(number)));
}
const facts = (...parts) => make("p", { cls: "quiet" }, parts.filter(Boolean).join(" · "));
function homeCard(home) {
  const head = facts(D.households.id[home], nameOf("areas", D.households.area[home]), say("class_n", D.households.priority[home]));
  const pairs = D.pairsOfHome[home];
  const who = pairs.length ? make("ul", { cls: "plain" }, ...pairs.map((pair) => pairLine(pair, volunteerLink(D.pairs.volunteer[pair])))) : empty(D.needsOf[home].length ? "nobodyComes" : "noNeeds");
  const lines = D.needsOf[home].flatMap(needLines);
  return [head, make("h3", {}, say("whoComes")), who, lines.length ? make("h3", {}, say("needs")) : null, lines.length ? make("ul", { cls: "plain" }, ...lines) : null, ...dates(D.needsOf[home].flatMap((need) => D.visitsOfNeed[need]), crewNames)].filter(Boolean);
}
function needLines(need) {
  const covered = D.isCovered[need];
  const why = D.unmetOfNeed[need].map((seat) => make("div", {}, unmetText(seat)));
  const missed = D.missedOfNeed[need].map((i) => make("div", {}, `${say("visitNoDate", D.missed.index[i])}: ${reason(D.missed.code[i])}`));
  return make("li", {}, make("strong", {}, nameOf("services", D.needs.service[need])), " ", make("span", { cls: covered ? "good-text" : "bad-text" }, (covered ? "✓ " : "✕ ") + say(covered ? "covered" : "uncovered")), ...why, ...missed);
}
function pairLine(pair, who) {
  const services = [...new Set(D.seatsOfPair[pair].map((seat) => nameOf("services", D.needs.service[D.seats.need[seat]])))].join(", ");
  return make("li", {}, who, make("div", { cls: "quiet" }, `${services} · ${say("minutesAway", D.pairs.minutes[pair])}${D.pairs.kept[pair] ? " · " + say("kept") : ""}`));
}
function volunteerCard(person) {
  const pairs = D.pairsOfVolunteer[person];
  const team = D.volunteers.team[person];
  const head = facts(D.volunteers.id[person], team >= 0 && nameOf("teams", team), nameOf("areas", D.volunteers.area[person]), `${say("households")}: ${pairs.length} / ${D.volunteers.most[person]}`);
  const whom = pairs.length ? make("ul", { cls: "plain" }, ...pairs.map((pair) => pairLine(pair, homeLink(D.pairs.household[pair])))) : empty("freeVolunteer");
  const events = D.eventsOfVolunteer[person].map((event) => make("li", {}, `${nameOf("events", event)}: ${dayText(D.events.day[event])} ${clock(D.events.start[event])}–${clock(D.events.end[event])}`));
  return [head, make("h3", {}, say("whomHelps")), whom, events.length ? make("ul", { cls: "plain" }, ...events) : null,
    ...dates(D.visitsOfVolunteer[person], (visit) => [homeLink(D.needs.household[D.visits.need[visit]])])].filter(Boolean);
}
const crewNames = (visit) => D.crewOfVisit[visit].flatMap((i, n) => (n ? [", ", volunteerLink(D.crews.volunteer[i])] : [volunteerLink(D.crews.volunteer[i])]));
function dates(visits, who) {
  if (D.plan.stage === "pair") return [];
  const order = [...visits].sort((a, b) => D.visits.day[a] - D.visits.day[b] || D.visits.start[a] - D.visits.start[b]);
  const rows = order.map((visit) => [visitTimes(visit), nameOf("services", D.needs.service[D.visits.need[visit]]), make("span", {}, ...who(visit))]);
  return [make("h3", {}, say("whenComes")), rows.length ? scrolled(table([say("time"), say("service"), say("people_with")], rows), say("whenComes")) : empty("noDates")];
}
function bindCard() {
  byId("card-close").addEventListener("click", () => byId("card").close());
  byId("card").addEventListener("close", () => { opened = null; byId("card-h").textContent = ""; byId("card-body").replaceChildren(); });
  byId("card").addEventListener("click", (event) => { if (event.target === byId("card")) byId("card").close(); });
}
