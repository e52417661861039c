/** Words of the bench's grid over two parameters and of the list of detectors. */
export const benchEn = {
  wb_grid: "Two parameters together",
  wb_gridSecond: "Second parameter",
  wb_gridNone: "none",
  wb_gridHint: "{{across}} runs across, {{down}} down. Press a field to take both values.",
  wb_gridOutlined: "Outlined: saved values. Dot: the cheapest.",
  wb_detectors: "Detectors",
  wb_detectorsHint: "Judgements in code with settings in files, for reading. Press one for its settings and known false alarms.",
  wb_setting: "Setting",
  wb_bounds: "Bounds",
};

export const benchZh: Record<keyof typeof benchEn, string> = {
  wb_grid: "两个参数联合",
  wb_gridSecond: "第二个参数",
  wb_gridNone: "无",
  wb_gridHint: "横轴为 {{across}}，纵轴为 {{down}}。点击方格即可采用两个数值。",
  wb_gridOutlined: "边框：已保存的数值；圆点：成本最低。",
  wb_detectors: "检测器",
  wb_detectorsHint: "判定由代码实现，设定值来自文件，仅供查看。点击可查看设定值与已知误报。",
  wb_setting: "设定项",
  wb_bounds: "允许范围",
};
