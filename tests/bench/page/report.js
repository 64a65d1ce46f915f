"use strict";
// Draws the figures of the page: data.host and data.guest, as tests/bench writes them.

const data = JSON.parse(document.getElementById("data").textContent);
const host = data.host ? data.host.rows.filter((row) => !row.failed) : [];
const guest = data.guest ? data.guest.rows : [];
const main = document.querySelector("main");
const dark = matchMedia("(prefers-color-scheme: dark)").matches;

const COLOURS = dark
  ? ["#7ea2ff", "#f0a35e", "#5fd39a", "#ff8a80", "#c79bff", "#4fd0dd", "#f5d04e", "#f48fc4", "#a3b18a", "#b0b8c4",
     "#8fd14f", "#d4a373", "#69a7ff", "#e0719e"]
  : ["#2f5fd0", "#c4620c", "#1b7f4b", "#b3261e", "#7a3fc1", "#0b7f8c", "#9a7400", "#b8327f", "#5c6b3c", "#667085",
     "#4b8b0b", "#8a5a2b", "#0067c0", "#a1154f"];
const INK = getComputedStyle(document.documentElement).getPropertyValue("--quiet");
const LINE = getComputedStyle(document.documentElement).getPropertyValue("--line");

const WORKLOADS = {
  a: "one page, half the memory free at random", A: "one page, the free half contiguous",
  L: "one page, 32 deep", b: "all pages, freed at random", c: "1..64 pages, small ones often",
  d: "powers of two up to 1024", e: "two pages among single holes", f: "page faults, processes that exit",
  u: "1..64 pages, all sizes alike",
};

// ---- small helpers -----------------------------------------------------------------------------

function make(tag, inside, attributes) {
  const made = document.createElement(tag);
  for (const each of [].concat(inside ?? [])) made.append(each);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  return made;
}

const unique = (values) => [...new Set(values)];
const number = (value, digits) => value == null ? "" :
  value.toLocaleString("en", {maximumFractionDigits: digits ?? (Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)});
const size = (pages) => pages % (1 << 18) === 0 ? pages / (1 << 18) + " GiB" : pages / 256 + " MiB";

const policies = unique(host.concat(guest).map((row) => row.policy));
const drawn = policies.filter((name) => !name.endsWith("+facade"));
const colour = new Map(drawn.map((name, i) => [name, COLOURS[i % COLOURS.length]]));
const dash = (name) => name.endsWith("+cache") ? [6, 4] : undefined;

function section(title, text) {
  const made = make("section", [make("h2", title), make("p", text)]);
  main.append(made);
  return made;
}

function table(into, heads, lines) {
  into.append(make("div", make("table", [
    make("thead", make("tr", heads.map((head) => make("th", head)))),
    make("tbody", lines.map((line) => make("tr", line.map((cell) =>
      cell instanceof Node ? cell : make("td", cell))))),
  ]), {class: "wide"}));
}

// A cell that is the warmer, the worse it is among its column's.
function shaded(value, least, most, row) {
  const cell = make("td", number(value));
  if (value == null) return cell;
  const share = most > least ? Math.log(value / least) / Math.log(most / least) : 0;
  cell.style.background = `color-mix(in srgb, var(--warm) ${Math.round(100 * share)}%, var(--cool))`;
  if (row.sampled) { cell.classList.add("cut"); cell.title = row.sampled; }
  return cell;
}

// ---- plots -------------------------------------------------------------------------------------

const plots = [];
const hidden = new Set();

function axis(label, values) {
  return {label, labelSize: 18, labelFont: "12px system-ui", font: "11px system-ui", stroke: INK, grid: {stroke: LINE, width: 1},
          ticks: {stroke: LINE}, ...(values ? {values} : {})};
}

// lines: Map from policy to [[x, y], ...]. Nothing to draw: no plot.
function plot(into, title, lines, options) {
  const names = [...lines.keys()].filter((name) => lines.get(name).some(([, y]) => y != null));
  if (names.length === 0) return;
  const xs = unique(names.flatMap((name) => lines.get(name).map(([x]) => x))).sort((x, y) => x - y);
  const columns = names.map((name) => {
    const known = new Map(lines.get(name));
    return xs.map((x) => known.get(x) ?? null);
  });
  const box = make("div", make("h3", title), {class: "plot"});
  into.append(box);
  const chart = new uPlot({
    width: Math.max(box.clientWidth, 320), height: options.height ?? 240,
    scales: {x: {time: false, distr: options.logX ? 3 : 1, log: options.logX ?? 10, range: options.rangeX},
             y: {distr: options.logY ? 3 : 1, range: options.rangeY}},
    axes: [{...axis(options.x, (u, ticks) => ticks.map((tick) => tick == null ? "" : options.tickX ? options.tickX(tick) : number(tick))),
            ...(options.splitsX ? {splits: () => options.splitsX(xs)} : {})},
           {...axis(options.y, (u, ticks) => ticks.map((tick) => tick == null ? "" : number(tick))), size: 84}],
    legend: {show: options.legend ?? false},
    cursor: {focus: {prox: 24}, points: {size: 7}},
    series: [{label: options.x, value: (u, x) => x == null ? "" : options.tickX ? options.tickX(x) : number(x)},
             ...names.map((name) => ({
               label: name, stroke: colour.get(name), width: options.dots ? 0 : 1.75, dash: dash(name), spanGaps: true,
               show: !hidden.has(name), points: {show: options.dots || xs.length < 12, size: options.dots ? 11 : 5, fill: colour.get(name)},
               value: (u, y) => number(y)}))],
    hooks: {setCursor: [(u) => tell(u, box, names, options)], draw: options.dots ? [(u) => label(u, names)] : []},
  }, [xs, ...columns], box);
  plots.push({chart, names, box});
}

// The name and the figures of the point that the mouse is near to.
function tell(u, box, names, options) {
  let best = null;
  const {left, top, idx} = u.cursor;
  for (let i = 0; idx != null && i < names.length; i++) {
    const y = u.data[i + 1][idx];
    if (y == null || !u.series[i + 1].show) continue;
    const away = Math.abs(u.valToPos(y, "y") - top);
    if (best == null || away < best.away) best = {away, name: names[i], y, x: u.data[0][idx]};
  }
  box.title = best == null || left < 0 ? "" :
    `${best.name}: ${number(best.y)} ${options.y}, at ${options.tickX ? options.tickX(best.x) : number(best.x)} ${options.x}`;
}

// Of a plot of single points, each one's name.
function label(u, names) {
  const ratio = devicePixelRatio;
  u.ctx.save();
  u.ctx.font = `${12 * ratio}px system-ui`;
  names.forEach((name, i) => {
    const at = u.data[i + 1].findIndex((y) => y != null);
    if (at < 0 || !u.series[i + 1].show) return;
    const x = u.valToPos(u.data[0][at], "x", true), y = u.valToPos(u.data[i + 1][at], "y", true);
    const left = x > u.bbox.left + u.bbox.width * 0.75;
    u.ctx.fillStyle = colour.get(name);
    u.ctx.textAlign = left ? "right" : "left";
    u.ctx.fillText(name, x + (left ? -9 : 9) * ratio, y + 4 * ratio);
  });
  u.ctx.restore();
}

function keys(into) {
  into.append(make("ul", drawn.map((name) => {
    const key = make("button", name, {"aria-pressed": "true", style: `--key: ${colour.get(name)}`});
    key.addEventListener("click", () => {
      const show = hidden.delete(name) || !hidden.add(name);
      document.querySelectorAll(".keys button").forEach((each) => {
        if (each.textContent === name) each.setAttribute("aria-pressed", show);
      });
      for (const {chart, names} of plots) {
        if (names.includes(name)) chart.setSeries(names.indexOf(name) + 1, {show});
      }
    });
    return make("li", key);
  }), {class: "keys"}));
}

// {policy: [[x, y], ...]} of some rows.
function lines(rows, x, y) {
  const found = new Map();
  for (const name of drawn) {
    const points = rows.filter((row) => row.policy === name && y(row) != null).map((row) => [x(row), y(row)]);
    if (points.length > 0) found.set(name, points.sort((p, q) => p[0] - q[0]));
  }
  return found;
}

// ---- the page ----------------------------------------------------------------------------------

const usual = host;
const sizes = unique(usual.map((row) => row.pages)).sort((x, y) => x - y);
const ids = Object.keys(WORKLOADS).filter((id) => host.concat(guest).some((row) => row.workload === id));

function head() {
  const machine = data.host?.machine ?? {}, kernel = data.guest?.machine ?? {};
  main.append(make("h1", "What pages cost"));
  main.append(make("p", [machine.cpu && `Host: ${machine.cpu}, ${machine.compiler}. `,
    kernel.compiler && `Kernel: ${kernel.compiler}, counted by QEMU. `,
    "Instructions repeat exactly; times are only to be compared within this page. An asterisk: measured on a sample, which the cell names."
  ].filter(Boolean)));
}

function costs(title, text, rows, value) {
  if (rows.length === 0) return;
  const into = section(title, text);
  const names = policies.filter((name) => rows.some((row) => row.policy === name));
  const columns = ids.filter((id) => rows.some((row) => row.workload === id && value(row) != null));
  const at = (name, id) => rows.find((row) => row.policy === name && row.workload === id);
  const span = new Map(columns.map((id) => {
    const values = rows.filter((row) => row.workload === id && value(row) > 0).map(value);
    return [id, [Math.min(...values), Math.max(...values)]];
  }));
  table(into, ["", ...columns.map((id) => {
    const made = make("span", id);
    made.title = WORKLOADS[id];
    return made;
  })], names.map((name) => [name, ...columns.map((id) => {
    const row = at(name, id);
    return row ? shaded(value(row), ...span.get(id), row) : "";
  })]));
}

function against_size() {
  if (sizes.length < 2) return;
  const into = section("Cost against memory size",
    "Nanoseconds of an alloc or a free. What walks lists grows with memory; what touches few cache lines stays flat.");
  keys(into);
  const grid = make("div", null, {class: "plots"});
  into.append(grid);
  for (const id of ids) {
    const rows = usual.filter((row) => row.workload === id);
    plot(grid, `${id}: ${WORKLOADS[id]}`, lines(rows, (row) => row.pages, (row) => row.ns),
         {x: "memory", y: "ns", tickX: size, logX: 2, logY: true, splitsX: (xs) => xs,
          rangeX: () => [sizes[0] / 1.4, sizes[sizes.length - 1] * 1.4]});
  }
}

function against_occupancy() {
  const rows = data.host?.occupancy ?? [];
  if (rows.length === 0) return;
  const into = section("Cost against occupancy",
    "Instructions of an alloc or a free, where so much of memory is requested throughout the course.");
  keys(into);
  const grid = make("div", null, {class: "plots"});
  into.append(grid);
  for (const id of unique(rows.map((row) => row.workload))) {
    plot(grid, `${id}: ${WORKLOADS[id]}`,
         lines(rows.filter((row) => row.workload === id), (row) => row.occupied, (row) => row.instructions),
         {x: "% of memory requested", y: "instructions", logY: true});
  }
}

function over_time() {
  const rows = usual.filter((row) => row.pages === sizes[0] && row.series && row.series.length > 1);
  if (rows.length === 0) return;
  const into = section("Fragmentation over time",
    "Left: the share of free memory in whole aligned blocks of 2 MiB. Right: pages granted for each page requested.");
  keys(into);
  const grid = make("div", null, {class: "plots"});
  into.append(grid);
  for (const id of unique(rows.map((row) => row.workload))) {
    for (const [field, what] of [["share_2m", "share in 2 MiB blocks"], ["granted_requested", "granted / requested"]]) {
      const found = new Map();
      for (const row of rows.filter((each) => each.workload === id && drawn.includes(each.policy))) {
        found.set(row.policy, row.series.map((each) => [each.at, each[field] ?? null]));
      }
      plot(grid, `${id}: ${what}`, found, {x: "requests so far", y: what});
    }
  }
}

function front() {
  const rows = usual.filter((row) => row.pages === sizes[0] && row.workload === "c");
  if (rows.length === 0) return;
  const into = section("Cost against fragmentation",
    "Workload c. Good is up and to the left: few instructions, and free memory that stays in large blocks.");
  keys(into);
  const box = make("div", null, {class: "front"});
  into.append(box);
  const costs_of = rows.map((row) => row.instructions).filter((value) => value > 0);
  plot(box, "2 MiB blocks kept, by cost", lines(rows, (row) => row.instructions, (row) => row.share_2m),
       {x: "instructions of an alloc or a free", y: "share of free memory in 2 MiB blocks", dots: true, logX: 10, height: 420,
        rangeX: () => [Math.min(...costs_of) / 1.6, Math.max(...costs_of) * 1.6], rangeY: () => [0, 1]});
}

function fragments() {
  const rows = usual.filter((row) => row.pages === sizes[0] && "cdfu".includes(row.workload) && row.unusable);
  if (rows.length === 0) return;
  const into = section("Fragmentation at the end of a course",
    "Gorman's index is 0 where memory is short and near 1 where it is in pieces; empty where a block is there. Unusable: the share of free memory in pieces too small.");
  table(into, ["policy", "course", "granted / requested", "refused", "in 2 MiB blocks", "longest run", "index, 2 MiB", "unusable, 64 KiB",
               "unusable, 2 MiB", "bytes a page"],
    rows.map((row) => [row.policy, row.workload, number(row.granted_requested), number(100 * row.refused) + " %",
                       number(row.share_2m), number(row.largest), number(row.gorman?.[9]), number(row.unusable[4]), number(row.unusable[9]),
                       number(row.metadata)]));
}

function boots() {
  const rows = data.guest?.boot ?? [];
  if (rows.length === 0) return;
  const columns = unique(rows.map((row) => row.memory + (row.initrd ? " with programs" : ""))).sort();
  const into = section("From the first instruction to the prompt", "Instructions of the kernel.");
  table(into, ["", ...columns], unique(rows.map((row) => row.policy)).map((name) => [name, ...columns.map((column) =>
    number(rows.find((row) => row.policy === name && row.memory + (row.initrd ? " with programs" : "") === column)?.instructions))]));
}

head();
costs("Instructions of an alloc or a free", `On the host, inside the allocator, ${sizes.length ? size(sizes[0]) : ""} of memory.`,
      usual.filter((row) => row.pages === sizes[0]), (row) => row.instructions);
costs("The same in the kernel", "RISC-V instructions, with the call and the return.", guest, (row) => row.instructions);
for (const pages of sizes) {
  costs(`Time, as a multiple of the buddy system's, ${size(pages)}`, "Measured in turns within one run.",
        usual.filter((row) => row.pages === pages && row.to_buddy != null), (row) => row.to_buddy);
}
against_size();
against_occupancy();
front();
over_time();
fragments();
boots();
