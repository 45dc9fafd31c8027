// Bars and histograms, drawn by ECharts; each says its figures to screen readers.
const charts = new Map();
function chart(id) {
  if (!charts.has(id)) charts.set(id, echarts.init(byId(id)));
  return charts.get(id);
}
const axisLook = () => ({ axisLabel: { color: colour("quiet") }, axisLine: { lineStyle: { color: colour("line") } }, splitLine: { lineStyle: { color: colour("line") } }, axisTick: { show: false } });
const chartFont = 'system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif';
const tipLook = () => ({ backgroundColor: colour("sheet"), borderColor: colour("line"), textStyle: { color: colour("ink"), fontFamily: chartFont }, confine: true });
function coverageRows(keyOf) {
  const sums = new Map();
  for (const row of D.coverage) {
    const sum = sums.get(keyOf(row)) || [0, 0];
    sum[0] += row[3]; sum[1] += row[4];
    sums.set(keyOf(row), sum);
  }
  return [...sums].map(([key, [needs, covered]]) => ({ key, needs, covered }));
}
function topAreaOf(area) {
  const chain = [];
  for (let a = area, left = 50; a >= 0 && left > 0; a = D.areas.parent[a], left -= 1) chain.unshift(a);
  return chain;
}
// The first level of the tree that tells areas apart, so that a city shows streets and not one bar.
function areaLevel() {
  const chains = D.coverage.map((row) => topAreaOf(row[1]));
  let level = 0;
  while (level < 8 && new Set(chains.map((chain) => chain[Math.min(level, chain.length - 1)])).size < 2 && chains.some((chain) => chain.length > level + 1)) level += 1;
  return (row) => { const chain = topAreaOf(row[1]); return chain.length ? chain[Math.min(level, chain.length - 1)] : -1; };
}
function drawCoverage() {
  shareBars("chart-service", "services", coverageRows((row) => row[0]));
  shareBars("chart-area", "areas", coverageRows(areaLevel()));
}
function shareBars(id, kind, rows) {
  rows.sort((a, b) => a.covered / a.needs - b.covered / b.needs || b.needs - a.needs);
  const names = rows.map((row) => nameOf(kind, row.key));
  byId(id).style.height = Math.min(60, Math.max(6, 3 + rows.length * 1.9)) + "rem";
  const view = chart(id);
  view.resize();
  view.setOption({
    animation: false, textStyle: { fontFamily: chartFont }, grid: { left: 8, right: 56, top: 8, bottom: 24, containLabel: true },
    tooltip: { ...tipLook(), trigger: "axis", axisPointer: { type: "shadow" }, formatter: (points) => { const row = rows[points[0].dataIndex]; return tip([names[points[0].dataIndex], say("chartCovered", percent(row.covered, row.needs), figure(row.covered), figure(row.needs))]); } },
    xAxis: { type: "value", max: 100, interval: 50, ...axisLook(), axisLabel: { color: colour("quiet"), formatter: "{value}%" } },
    yAxis: { type: "category", inverse: true, data: names, ...axisLook(), axisLabel: { color: colour("ink"), width: 130, overflow: "truncate" } },
    series: [
      { type: "bar", stack: "s", barMaxWidth: 16, data: rows.map((row) => (100 * row.covered) / row.needs), itemStyle: { color: colour("good") } },
      { type: "bar", stack: "s", data: rows.map((row) => 100 - (100 * row.covered) / row.needs), itemStyle: { color: colour("bad") }, label: { show: true, position: "right", color: colour("ink"), formatter: (p) => percent(rows[p.dataIndex].covered, rows[p.dataIndex].needs) } },
    ],
  }, true);
  byId(id).setAttribute("aria-label", rows.slice(0, 60).map((row, i) => say("chartCovered", names[i], row.covered, row.needs)).join("; ") || say("nothing"));
}
function histogram(id, title, values, step, sign) {
  const bins = new Map();
  for (const value of values) { const bin = Math.floor(value / step); bins.set(bin, (bins.get(bin) || 0) + 1); }
  const last = Math.max(0, ...bins.keys());
  const keys = Array.from({ length: last + 1 }, (_, i) => i);
  const names = keys.map((key) => (step === 1 ? String(key) : `${key * step}–${key * step + step - 1 || ""}`));
  const counts = keys.map((key) => bins.get(key) || 0);
  const view = chart(id);
  view.resize();
  view.setOption({
    animation: false, textStyle: { fontFamily: chartFont }, grid: { left: 8, right: 12, top: 12, bottom: 8, containLabel: true },
    tooltip: { ...tipLook(), trigger: "axis", axisPointer: { type: "shadow" }, formatter: (p) => tip([names[p[0].dataIndex], figure(counts[p[0].dataIndex])]) },
    xAxis: { type: "category", data: names, ...axisLook() }, yAxis: { type: "value", minInterval: 1, ...axisLook() },
    series: [{ type: "bar", data: counts, barMaxWidth: 42, itemStyle: { color: colour(sign), borderRadius: [4, 4, 0, 0] } }],
  }, true);
  byId(id).setAttribute("aria-label", say("histogram", title, names.map((name, i) => `${name}: ${counts[i]}`).join(", ")));
}
function drawLoads() {
  histogram("chart-homes", say("homesEach"), D.pairsOfVolunteer.map((list) => list.length), 1, "volunteer");
  histogram("chart-travel", say("travelEach"), D.pairs.minutes, 5, "accent");
  byId("hours-box").hidden = !D.visits.need.length;
  if (!D.visits.need.length) return;
  const hours = D.visitsOfVolunteer.map((list) => list.reduce((sum, visit) => sum + D.visits.minutes[visit], 0) / 60);
  histogram("chart-hours", say("hoursEach"), hours.map(Math.floor), Math.max(1, Math.ceil(Math.max(0, ...hours.slice(0, 50000)) / 16)), "volunteer");
}
