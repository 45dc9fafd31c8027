// Households and volunteers where they live; a large city by area first.
const KM = 111.195;
let mapView = null;
function projection() {
  const lats = [...D.households.lat, ...D.volunteers.lat].filter((lat) => lat !== null);
  const lons = [...D.households.lon, ...D.volunteers.lon].filter((lon) => lon !== null);
  if (!lats.length) return null;
  const middle = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const lat0 = middle(lats), lon0 = middle(lons), shrink = Math.cos((lat0 * Math.PI) / 180);
  return (lat, lon) => [(lon - lon0) * KM * shrink, (lat - lat0) * KM];
}
function marksOf(kind, project, inside) {
  const marks = [];
  const { lat, lon, area } = D[kind];
  for (let i = 0; i < lat.length; i += 1) if (lat[i] !== null && inside(area[i])) marks.push([...project(lat[i], lon[i]), i]);
  return marks;
}
function drawMap() {
  const box = byId("map-canvas"), project = projection();
  areaOptions(byId("map-area"));
  if (!project) { box.replaceChildren(empty("mapNone")); box.removeAttribute("role"); byId("map-note").textContent = ""; return; }
  const area = Number(byId("map-area").value), inside = insideOf(area);
  const homes = marksOf("households", project, inside), people = marksOf("volunteers", project, inside);
  const byArea = homes.length + people.length > D.mostMarks && new Set(homes.map((mark) => D.households.area[mark[2]])).size > 1;
  const open = homes.filter((mark) => D.openNeeds[mark[2]]);
  const series = byArea ? areaSeries(homes) : markSeries(homes, people, project);
  Object.assign(box.dataset, { households: byArea ? 0 : homes.length, volunteers: byArea ? 0 : people.length, uncovered: byArea ? 0 : open.length, areas: byArea ? series[0].data.length : 0 });
  const lost = [...D.households.lat, ...D.volunteers.lat].filter((lat) => lat === null).length;
  const note = (byArea ? say("mapAreas", figure(series[0].data.length)) : say("mapMarks", figure(homes.length), figure(open.length), figure(people.length))) + (lost ? " " + say("mapMissing", figure(lost)) : "");
  byId("map-note").textContent = note;
  box.setAttribute("aria-label", note);
  paintMap(box, series, homes.concat(people));
}
function paintMap(box, series, marks) {
  const span = (axis) => marks.reduce(([low, high], mark) => [Math.min(low, mark[axis]), Math.max(high, mark[axis])], [Infinity, -Infinity]);
  const [x0, x1] = marks.length ? span(0) : [-1, 1], [y0, y1] = marks.length ? span(1) : [-1, 1];
  const wide = box.clientWidth || 800, high = (box.clientHeight || 500) - 40;
  const scale = Math.max((x1 - x0) / wide, (y1 - y0) / high, 0.0005) * 1.12;
  const range = (low, high_, pixels) => ({ type: "value", show: false, min: (low + high_ - scale * pixels) / 2, max: (low + high_ + scale * pixels) / 2 });
  const view = chart("map-canvas");
  view.resize();
  view.setOption({
    animation: false, textStyle: { fontFamily: chartFont }, grid: { left: 0, right: 0, top: 40, bottom: 0 }, legend: { top: 8, textStyle: { color: colour("ink") }, data: series.filter((s) => s.name).map((s) => s.name) },
    tooltip: { ...tipLook(), formatter: (point) => tip(markTip(point)) },
    xAxis: range(x0, x1, wide), yAxis: range(y0, y1, high),
    dataZoom: [{ type: "inside", xAxisIndex: 0, filterMode: "none" }, { type: "inside", yAxisIndex: 0, filterMode: "none" }],
    series,
  }, true);
  if (mapView !== view) { mapView = view; view.on("click", openMark); }
}
function markSeries(homes, people, project) {
  const look = (name, data, kind, sign, symbol, size) => ({ name: say(name), type: "scatter", kind, symbol, symbolSize: size, data, itemStyle: { color: colour(sign), opacity: 0.85, borderColor: colour("sheet"), borderWidth: data.length > 1500 ? 0 : 0.6 }, large: true, largeThreshold: 1500, progressive: 3000, progressiveThreshold: 3000, z: kind === "household" ? 4 : 3 });
  const size = homes.length > 4000 ? 5 : homes.length > 800 ? 7 : 11;
  const found = [
    look("coveredHome", homes.filter((m) => !D.openNeeds[m[2]] && D.needsOf[m[2]].length), "household", "good", "circle", size),
    look("uncoveredHome", homes.filter((m) => D.openNeeds[m[2]]), "household", "bad", "diamond", size + 4),
    look("idleHome", homes.filter((m) => !D.needsOf[m[2]].length), "household", "quiet", "circle", size),
    look("volunteer", people, "volunteer", "volunteer", "triangle", size),
  ].filter((s) => s.data.length);
  found.forEach((s) => { s.id = s.kind + ":" + s.symbol + ":" + s.itemStyle.color; });
  if (byId("map-pairs").checked) found.push({ id: "pairs", type: "line", data: pairLines(homes, project), showSymbol: false, connectNulls: false, silent: true, z: 2, lineStyle: { color: colour("quiet"), width: 1, opacity: homes.length > 4000 ? 0.25 : 0.5 } });
  return found;
}
function pairLines(homes, project) {
  const lines = [];
  for (const [x, y, home] of homes) for (const pair of D.pairsOfHome[home]) {
    const person = D.pairs.volunteer[pair];
    if (D.volunteers.lat[person] === null) continue;
    lines.push([x, y], project(D.volunteers.lat[person], D.volunteers.lon[person]), [null, null]);
  }
  byId("map-canvas").dataset.pairs = lines.length / 3;
  return lines;
}
function areaSeries(homes) {
  const sums = new Map();
  for (const [x, y, home] of homes) {
    const area = D.households.area[home], sum = sums.get(area) || [0, 0, 0, 0, 0];
    sum[0] += x; sum[1] += y; sum[2] += 1; sum[3] += D.needsOf[home].length; sum[4] += D.openNeeds[home];
    sums.set(area, sum);
  }
  const largest = Math.max(...[...sums.values()].map((sum) => sum[2]));
  const data = [...sums].map(([area, [x, y, count, needs, open]]) => {
    const share = needs ? 1 - open / needs : 1;
    return { value: [x / count, y / count, area, count, needs, open], symbolSize: 6 + 34 * Math.sqrt(count / largest), itemStyle: { color: colour(share >= 0.95 ? "good" : share >= 0.8 ? "warn" : "bad"), opacity: 0.75 } };
  });
  return [{ id: "areas", name: say("area"), type: "scatter", kind: "area", data }];
}
function markTip(point) {
  const number = point.value[2], kind = point.seriesId === "areas" ? "area" : point.seriesId.split(":")[0];
  if (kind === "area") return [nameOf("areas", number), say("chartCovered", say("households") + " " + figure(point.value[3]), figure(point.value[4] - point.value[5]), figure(point.value[4]))];
  if (kind === "volunteer") return [nameOf("volunteers", number), `${say("households")}: ${D.pairsOfVolunteer[number].length}`];
  return [nameOf("households", number), say("chartCovered", say("needs"), D.needsOf[number].length - D.openNeeds[number], D.needsOf[number].length)];
}
function openMark(point) {
  if (!point.value) return;
  if (point.seriesId === "areas") { if (point.value[2] < 0) return; byId("map-area").value = point.value[2]; drawMap(); return; }
  openCard(point.seriesId.split(":")[0], point.value[2]);
}
