"""Why something is not covered, in plain words, English and Chinese, with what usually helps."""

from __future__ import annotations

from typing import Literal

from pairsolve.plan import MissedVisit, UnmetSeat

Language = Literal["en", "zh"]

# by code: the reason, and what usually helps, in English and in Chinese
REASONS = {
    "no_volunteers": (
        ("there are no volunteers", "Recruit volunteers."),
        ("没有志愿者", "招募志愿者。"),
    ),
    "no_skill": (
        ("nobody has the skill", "Train volunteers or recruit people with the skill."),
        ("无人具备所需技能", "培训志愿者或招募具备该技能的人员。"),
    ),
    "level_too_low": (
        ("nobody has the skill at the level asked", "Train volunteers to the level asked."),
        ("技能等级不够", "培训志愿者达到所需等级。"),
    ),
    "expired": (
        ("credentials expire before the last day", "Renew credentials before the last day."),
        ("证书将过期", "在计划期结束前更新证书。"),
    ),
    "missing_trait": (
        ("nobody has the trait asked", "Look for volunteers with the trait, or ask the household again."),
        ("无人符合所需特征", "寻找符合特征的志愿者，或与家庭再商量。"),
    ),
    "refused": (
        ("the household refuses those who could come", "Talk with the household, or find somebody new."),
        ("家庭拒绝可来的人员", "与家庭沟通，或另找人员。"),
    ),
    "own_household": (
        ("only members of the household could come", "Recruit somebody from outside the household."),
        ("只有本户成员可以承担", "招募本户以外的人员。"),
    ),
    "channel": (
        ("nobody offers this channel", "Ask volunteers whether they offer it, or help another way."),
        ("无人提供该服务方式", "询问志愿者，或改用其他方式。"),
    ),
    "out_of_scope": (
        ("teams are limited to other areas, or kept apart", "Widen the area of a team."),
        ("服务队限于其他区域或需回避", "扩大服务队的服务区域。"),
    ),
    "too_far": (
        ("everybody suitable lives too far away", "Recruit nearby, or help volunteers travel further."),
        ("合适人员距离太远", "就近招募，或改善出行条件。"),
    ),
    "no_common_time": (
        ("no common time", "Ask both sides for more hours."),
        ("没有共同时间", "请双方提供更多时间。"),
    ),
    "no_candidate": (
        (
            "each volunteer falls away for one reason or another",
            "See on the household's card what excludes each of them.",
        ),
        ("每名志愿者各有不合之处", "查看家庭卡片了解各自原因。"),
    ),
    "crew_too_small": (
        ("too few suitable people for the crew", "Recruit or train more people for this crew."),
        ("合适人员不足以组成小组", "为该小组招募或培训更多人员。"),
    ),
    "all_taken": (
        (
            "suitable volunteers are taken by others",
            "Recruit more of them, or let them take one more household.",
        ),
        ("合适人员已被安排", "招募更多此类志愿者，或每人多帮一户。"),
    ),
    "schedule_conflict": (
        ("no dates fit together with the other visits", "Ask for more hours or another weekday."),
        ("与其他服务的日期冲突", "请提供更多时间或更换日期。"),
    ),
}
MISSED = {
    "no_common_time": ("no common time on the days left", "剩余日期没有共同时间"),
    "schedule_conflict": ("no date fits together with the other visits", "与其他服务的日期冲突"),
}
FELL_AWAY = {
    "no_skill": ("without the skill", "不具备技能"),
    "level_too_low": ("below the level asked", "等级不够"),
    "expired": ("with a credential that expires too early", "证书过期"),
    "missing_trait": ("without a trait asked", "特征不符"),
    "refused": ("refused or kept apart", "被拒绝或回避"),
    "own_household": ("of the household itself", "本户成员"),
    "channel": ("not offering the channel", "不提供该方式"),
    "out_of_scope": ("limited to other areas", "限于其他区域"),
    "too_far": ("too far away", "太远"),
    "no_common_time": ("without a common time", "时间不合"),
    "candidates": ("suitable", "合适"),
}


def unmet_sentence(seat: UnmetSeat, language: Language = "en") -> str:
    """Return why nobody takes a seat, with the count of those who fell away.

    Examples
    --------
    >>> seat = UnmetSeat(need="N1", seats=1, code="too_far", facts={"too_far": 40, "no_skill": 2})
    >>> unmet_sentence(seat)
    '1 person missing: everybody suitable lives too far away (40 too far away, 2 without the skill)'
    >>> unmet_sentence(seat, "zh")
    '缺 1 人：合适人员距离太远（40 太远，2 不具备技能）'
    """
    chinese = language == "zh"
    counts = [
        f"{count:,} {FELL_AWAY[code][chinese] if code in FELL_AWAY else code.replace('_', ' ')}"
        for code, count in seat.facts.items()
        if count
    ]
    if chinese:
        role = "" if seat.role == "member" else f"（{seat.role}）"
        facts = f"（{'，'.join(counts)}）" if counts else ""
        return f"缺 {seat.seats} 人{role}：{REASONS[seat.code][1][0]}{facts}"
    people = "1 person" if seat.seats == 1 else f"{seat.seats} people"
    role = "" if seat.role == "member" else f" as {seat.role!r}"
    return f"{people} missing{role}: {REASONS[seat.code][0][0]}" + (f" ({', '.join(counts)})" if counts else "")


def missed_sentence(visit: MissedVisit, language: Language = "en") -> str:
    """Return why a visit of a covered need has no date.

    Examples
    --------
    >>> missed_sentence(MissedVisit(need="N1", index=3, code="no_common_time"))
    'visit 3 has no date: no common time on the days left'
    """
    if language == "zh":
        return f"第 {visit.index} 次没有日期：{MISSED[visit.code][1]}"
    return f"visit {visit.index} has no date: {MISSED[visit.code][0]}"
