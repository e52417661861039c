/** Words of what workshops' outcomes say about the fleet. */
export const fleetEn = {
  engineering: "For engineering",
  engineeringHint:
    "The same failure confirmed on three or more cars in a row, at one workshop or of one model, and repairs that do not hold in a region.",
  engineeringCase: "{{component}}, {{scope}}: the same failure confirmed on {{count}} cars in a row ({{source}}), since {{when}}",
  repeatRepairs: "{{region}}, {{component}}: {{repeats}} of {{checked}} repairs looked at again did not hold; the limit is 5 %",
};

export const fleetZh: Record<keyof typeof fleetEn, string> = {
  engineering: "提交工程部门",
  engineeringHint: "同一经销商或同一车型连续三辆及以上车辆确认了同一故障，以及某地区维修后故障重现。",
  engineeringCase: "{{component}}（{{scope}}）：连续{{count}}辆车确认了同一故障（{{source}}），自{{when}}起",
  repeatRepairs: "{{region}}，{{component}}：复查的{{checked}}次维修中有{{repeats}}次故障重现；上限为5%",
};
