"use strict";
// Every word of the page, English and Chinese. {0}, {1} are filled in by say().
const WORDS = {
  skip: ["Skip to the content", "跳到正文"], otherLanguage: ["中文", "English"], theme: ["Light or dark", "浅色／深色"],
  sections: ["Sections", "栏目"], summary: ["Summary", "概览"], map: ["Map", "地图"], coverage: ["Coverage", "覆盖情况"],
  loads: ["Loads and travel", "工作量与路程"], calendar: ["Calendar", "日历"], registers: ["Registers", "名册"],
  advice: ["What would help", "改进建议"], area: ["Area", "区域"], allAreas: ["All areas", "全部区域"], noArea: ["No area", "未分区域"],
  showPairs: ["Show pairs", "显示结对"], wholeMap: ["Whole map", "查看全图"], byService: ["By service", "按服务项目"],
  byArea: ["By area", "按区域"], targets: ["Targets", "覆盖率目标"], homesEach: ["Households per volunteer", "每名志愿者结对户数"],
  travelEach: ["One-way travel per pair, minutes", "每对单程时间（分钟）"], hoursEach: ["Planned service per volunteer, hours", "每名志愿者计划服务时长（小时）"],
  search: ["Search", "搜索"], whichRegister: ["Which register", "选择名册"], back: ["Previous", "上一页"], on: ["Next", "下一页"], close: ["Close", "关闭"],
  households: ["Households", "残疾人家庭"], volunteers: ["Volunteers", "志愿者"], pairs: ["Pairs", "结对"], visits: ["Visits", "服务安排"],
  unmet: ["Uncovered needs", "未满足的需求"], household: ["Household", "家庭"], volunteer: ["Volunteer", "志愿者"], team: ["Team", "服务队"],
  service: ["Service", "服务项目"], needs: ["Needs", "需求数"], covered: ["Covered", "已覆盖"], uncovered: ["Uncovered", "未覆盖"],
  priority: ["Priority", "优先等级"], helpers: ["Volunteers", "志愿者人数"], homes: ["Households", "户数"], most: ["At most", "上限"], travel: ["Minutes one way", "单程分钟"],
  kept: ["From before", "延续结对"], yes: ["yes", "是"], no: ["no", "否"], day: ["Day", "日期"], time: ["Time", "时间"], reason: ["Reason", "原因"],
  people_with: ["With", "人员"], people: ["People missing", "缺少人数"], id: ["Number", "编号"], event: ["Event", "活动"], role: ["Seat", "岗位"], target: ["Target", "目标"], reached: ["Reached", "达到"], where: ["Where", "范围"],
  result: ["Result", "结果"], met: ["met", "已达标"], short: ["short by {0}", "差 {0}"], allServices: ["All services", "全部服务"], share: ["Share", "比例"],
  needsCovered: ["needs covered", "项需求已覆盖"], needsUncovered: ["needs uncovered", "项需求未覆盖"], homesWithout: ["households with nobody", "户尚无人帮扶"],
  pairsMade: ["pairs", "对结对"], visitsPlanned: ["dated visits", "次已排期服务"], visitsMissed: ["visits without a date", "次服务未能排期"], eventsStaffed: ["of {0} events staffed", "场活动已满员（共 {0} 场）"],
  of: ["of {0}", "共 {0}"], whyUncovered: ["Why needs stay uncovered", "未覆盖的原因"], proofs: ["How good is this plan?", "方案有多好？"],
  aim: ["Aim, most important first", "目标（按重要性排列）"], value: ["Reached", "达到"], bound: ["Nothing can beat", "理论最优"], proof: ["Proof", "证明"],
  optimal: ["Proven best: no plan covers more or costs less, aim by aim.", "已证明最优：逐项目标比较，没有更好的方案。"],
  feasible: ["Every hard rule is kept. A better plan may exist; the table says by how much at most.", "遵守全部硬性规则；可能还有更好的方案，下表给出最大差距。"],
  limit: ["A limit ended the search early. This is the best plan found, and every hard rule is kept.", "因限制提前结束。这是已找到的最好方案，遵守全部硬性规则。"],
  infeasible: ["The hard rules contradict each other, so there is no plan. The clashing rules:", "硬性规则互相矛盾，无法生成方案。冲突的规则："],
  best: ["best possible", "已是最优"], away: ["at most {0} from the best", "距最优至多 {0}"], unproven: ["not proven", "未证明"],
  prices: ["by prices, recounted", "价格证明，可复核"], loads: ["by the best loads, recounted", "最优负荷证明，可复核"], search_: ["by complete search", "穷尽搜索"], none: ["none", "无"],
  tier_coverage: ["Uncovered needs of class {0}", "{0} 级未覆盖需求"], tier_targets: ["Short of the targets", "距覆盖目标"], tier_neighbour: ["Households without a neighbour", "没有邻里帮扶的家庭"],
  tier_continuity: ["Former pairs ended", "终止的原有结对"], tier_travel: ["Travel minutes of all visits", "全部服务路程（分钟）"], tier_preference: ["Wishes not granted", "未满足的意愿"],
  tier_balance: ["Uneven loads", "工作量不均"], tier_faces: ["Number of pairs", "结对数"], tier_missed: ["Visits of class {0} without a date", "{0} 级未排期服务"], tier_regularity: ["Irregular weekdays and times", "不固定的日期与时间"],
  mapMarks: ["{0} households ({1} with uncovered needs) and {2} volunteers. Drag to move, scroll or pinch to zoom, choose a mark for its card.", "{0} 户家庭（其中 {1} 户有未覆盖需求）、{2} 名志愿者。拖动平移，滚轮或双指缩放，点击标记查看卡片。"],
  mapAreas: ["{0} areas, sized by households and coloured by coverage. Choose one to see its households.", "{0} 个区域，大小表示户数，颜色表示覆盖率。点击查看其中家庭。"],
  mapNone: ["No record has coordinates, so there is no map.", "没有坐标，无法绘制地图。"], mapMissing: ["{0} records without coordinates are not on it.", "{0} 条记录没有坐标，未显示。"],
  coveredHome: ["Household, covered", "已覆盖家庭"], uncoveredHome: ["Household, uncovered need", "有未覆盖需求的家庭"], idleHome: ["Household without needs", "无需求家庭"],
  noTargets: ["The policy sets no targets.", "政策未设目标。"], noVisits: ["This plan has pairs, but no dated visits yet.", "本方案只有结对，尚未排期。"], allCovered: ["Every need is covered. Nothing is left to advise.", "全部需求已覆盖，暂无建议。"],
  nothing: ["Nothing matches.", "没有符合的记录。"], week: ["Week", "周"], week_n: ["Week {0}", "第 {0} 周"], visitsOn: ["Visits on {0}", "{0} 的服务安排"], closed: ["closed", "停服"],
  rows: ["{0} of {1}", "{0} 条，共 {1} 条"], pageOf: ["Page {0} of {1}", "第 {0} 页，共 {1} 页"], moreRows: ["The first {0} of {1} are listed.", "仅列出前 {0} 条，共 {1} 条。"],
  whoComes: ["Who comes", "谁来帮扶"], whenComes: ["When", "服务时间"], whomHelps: ["Whom they help", "帮扶对象"], nobodyComes: ["Nobody comes to this household yet.", "目前无人上门帮扶。"], noNeeds: ["This household asks for nothing.", "该家庭没有登记需求。"],
  freeVolunteer: ["This volunteer has no household yet and could help.", "该志愿者尚未结对，可安排帮扶。"], noDates: ["No dates planned.", "尚未排期。"], minutesAway: ["{0} minutes away", "单程 {0} 分钟"], class_n: ["Priority {0}", "优先等级 {0}"],
  period: ["{0} to {1}", "{0} 至 {1}"], origin: ["Made by pairsolve {0} · instance {1} · seed {2}", "由 pairsolve {0} 生成 · 数据指纹 {1} · 种子 {2}"], missing: ["{0} missing", "缺 {0} 人"], visitNoDate: ["visit {0} without a date", "第 {0} 次未排期"],
  adviceNote: ["Drawn from the reasons recorded in the plan. Solve again after a change to see its effect.", "根据方案记录的原因整理。修改后请重新求解以查看效果。"], adviceLine: ["{0}: {1} people missing.", "{0}：缺 {1} 人。"],
  chartCovered: ["{0}: {1} of {2} covered", "{0}：{2} 项中已覆盖 {1} 项"], histogram: ["{0}: {1}", "{0}：{1}"], unsupported: ["This browser is too old to open the page; please update it.", "浏览器版本过旧，请更新后打开。"],
  idleVolunteers: ["{0} volunteers have no household yet; {1} more households could be taken on by all volunteers together.", "{0} 名志愿者尚未结对；全体志愿者还可再接 {1} 户。"], visitsWord: ["visits", "次"], minute: ["min", "分钟"], count: ["Count", "人数"],
};
let language = 0;
function say(key, ...values) {
  const words = WORDS[key];
  return (words ? words[language] : key).replace(/\{(\d)\}/g, (_, n) => values[n]);
}
const reason = (code) => (REASONS[code] || [code, code])[language];
const cure = (code) => (REASONS[code] || [code, code, "", ""])[2 + language];
const fell = (code) => (FELL[code] || [code.replace(/_/g, " "), code])[language];
const figure = (n) => Number(n).toLocaleString(language ? "zh-CN" : "en");
const percent = (part, whole) => (whole ? Math.floor((1000 * part) / whole) / 10 + "%" : "–");
