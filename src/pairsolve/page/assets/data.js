// The columns of columns.py with their look-ups; records are numbers.
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
// For each of `size` owners the numbers that point at it.
function grouped(owners, size) {
  const lists = Array.from({ length: size }, () => []);
  owners.forEach((owner, number) => owner >= 0 && lists[owner].push(number));
  return lists;
}
function prepare(d) {
  const homes = d.households.id.length, people = d.volunteers.id.length, needs = d.needs.id.length;
  d.needsOf = grouped(d.needs.household, homes);
  d.pairsOfHome = grouped(d.pairs.household, homes);
  d.pairsOfVolunteer = grouped(d.pairs.volunteer, people);
  d.seatsOfPair = grouped(d.seats.pair, d.pairs.minutes.length);
  d.visitsOfNeed = grouped(d.visits.need, needs);
  d.crewOfVisit = grouped(d.crews.visit, d.visits.need.length);
  d.unmetOfNeed = grouped(d.unmet.need, needs);
  d.missedOfNeed = grouped(d.missed.need, needs);
  d.visitsOfVolunteer = Array.from({ length: people }, () => []);
  d.crews.visit.forEach((visit, i) => d.visitsOfVolunteer[d.crews.volunteer[i]].push(visit));
  d.eventsOfVolunteer = Array.from({ length: people }, () => []);
  d.staff.event.forEach((event, i) => d.eventsOfVolunteer[d.staff.volunteer[i]].push(event));
  d.isCovered = new Uint8Array(needs);
  d.seats.need.forEach((need) => { d.isCovered[need] = 1; });
  d.unmet.need.forEach((need) => { if (need >= 0) d.isCovered[need] = 0; });
  d.openNeeds = d.needsOf.map((list) => list.filter((need) => !d.isCovered[need]).length);
  d.totals = totals(d);
  d.mostMarks = 25000;
  d.large = homes + people > d.mostMarks;
  return d;
}
function totals(d) {
  const covered = d.isCovered.reduce((sum, yes) => sum + yes, 0);
  const unstaffed = new Set(d.unmet.event.filter((event) => event >= 0));
  return {
    needs: d.needs.id.length, covered, uncovered: d.needs.id.length - covered,
    without: d.needsOf.filter((list, home) => list.length && !d.pairsOfHome[home].length).length,
    events: d.events.id.length, staffed: new Set(d.staff.event.filter((event) => !unstaffed.has(event))).size,
  };
}
let D = null;
const nameOf = (kind, number) => (number < 0 ? (kind === "areas" ? say("noArea") : "–") : D[kind].name[number] || D[kind].id[number]);
const dateOf = (day) => new Date(Date.parse(D.plan.firstDay + "T00:00:00Z") + day * 86400000);
const dayText = (day) => dateOf(day).toLocaleDateString(language ? "zh-CN" : "en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
const clock = (minute) => String(Math.floor(minute / 60)).padStart(2, "0") + ":" + String(minute % 60).padStart(2, "0");
function isInside(area, outer) {
  for (let a = area, left = 50; a >= 0 && left > 0; a = D.areas.parent[a], left -= 1) if (a === outer) return true;
  return false;
}
function insideOf(outer) {
  if (outer < 0) return () => true;
  const inside = D.areas.id.map((_, area) => isInside(area, outer));
  return (area) => area >= 0 && inside[area];
}
const visitTimes = (visit) => `${dayText(D.visits.day[visit])} ${clock(D.visits.start[visit])}–${clock(D.visits.start[visit] + D.visits.minutes[visit])}`;
function unmetText(seat) {
  const facts = Object.entries(D.unmet.facts[seat]).filter(([, n]) => n).map(([code, n]) => `${figure(n)} ${fell(code)}`);
  const role = D.unmet.role[seat] === "member" ? "" : ` (${D.unmet.role[seat]})`;
  return `${say("missing", D.unmet.seats[seat])}${role}: ${reason(D.unmet.code[seat])}${facts.length ? ` (${facts.join(", ")})` : ""}`;
}
