// Charts as SVG, without a library: lines with bands, and shares that add up. What a chart shows stands below it as a
// table as well. A chart is a plain object:
//   id, title, unit, scale ("linear" or "log"), percent, dates, edge (last month of data), low and high of the axis,
//   cursor (a month), zero (draw a line there), floor (the axis begins at zero), points (per cent
//   are percentage points), stacked, series: [{name, colour, dash, values, low, high, ghost (thin and grey), quiet (in no legend or words), marks}]
const Charts = (() => {
  const HEIGHT = 210, TOP = 12, BOTTOM = 24, LEFT = 52, RIGHT = 12, SHADE = "#f0f0f0", GHOST = "#8c8c8c";
  const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
  const there = (value) => value !== null && value !== undefined && Number.isFinite(value);

  // Three significant digits, with a minus that is one; shares in per cent.
  function number(value, percent) {
    if (!there(value)) return "–";
    const scaled = percent ? 100 * value : value;
    const size = Math.abs(scaled);
    let text;
    if (size === 0) text = "0";
    else if (size >= 1e6 || size < 1e-4) text = scaled.toExponential(2).replace("e+", "e");
    else text = Number(scaled.toPrecision(3)).toLocaleString("en-GB", { maximumFractionDigits: 8 });
    return text.replace("-", "−") + (percent ? "%" : "");
  }

  // A number as a chart has it: differences of shares are points, without a sign of their own.
  const told = (chart, value) => number(value, chart.percent).replace(chart.points ? "%" : "\0", "");

  function nice(low, high, most) {
    const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
    const ticks = [];
    for (let count = Math.ceil(low / step - 1e-9); count * step <= high + 1e-9 * step; count++) ticks.push(Number((count * step).toPrecision(12)));
    return ticks;
  }

  function decades(low, high) {
    const ticks = [], span = Math.log10(high / low), steps = span > 2.5 ? [1] : span > 1.2 ? [1, 3] : [1, 2, 5];
    for (let p = Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p++)
      for (const m of steps) {
        const at = Number(`${m}e${p}`);
        if (at >= low * 0.999 && at <= high * 1.001) ticks.push(at);
      }
    return ticks;
  }

  // Lowest and highest number of some series, their bands and marks included; [0, 1] if there is none.
  function extent(series, log) {
    let low = Infinity, high = -Infinity;
    const take = (v) => { if (there(v) && (!log || v > 0)) { low = Math.min(low, v); high = Math.max(high, v); } };
    for (const one of series) {
      for (const values of [one.values, one.low || [], one.high || []]) values.forEach(take);
      for (const mark of one.marks || []) take(mark[1]);
    }
    return low <= high ? [low, high] : log ? [1, 10] : [0, 1];
  }

  function range(chart) {
    if (chart.stacked) return [0, 1];
    const log = chart.scale === "log";
    let [low, high] = extent(chart.series, log);
    if (there(chart.low)) low = Math.min(low, chart.low);
    if (there(chart.high)) high = Math.max(high, chart.high);
    if (log) return [low / 1.25, high * 1.25];
    if (chart.zero) { low = Math.min(low, 0); high = Math.max(high, 0); }
    if (high - low < 1e-12 * Math.max(1, Math.abs(high))) { low -= 0.5 * Math.abs(low) || 0.5; high += 0.5 * Math.abs(high) || 0.5; }
    const room = 0.06 * (high - low);
    return [low === 0 && chart.floor ? 0 : low - room, high + room];
  }

  // A line through what is there, in pieces where something is missing.
  function path(points) {
    let text = "", pen = false;
    for (const point of points) {
      text += point ? `${pen ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}` : "";
      pen = point !== null;
    }
    return text;
  }

  function band(lower, upper) {
    let text = "";
    for (let start = 0; start < lower.length; start++) {
      if (!lower[start] || !upper[start]) continue;
      let end = start;
      while (end + 1 < lower.length && lower[end + 1] && upper[end + 1]) end++;
      const around = [...upper.slice(start, end + 1), ...lower.slice(start, end + 1).reverse()];
      text += path(around) + "Z";
      start = end;
    }
    return text;
  }

  function axes(chart, x, y, low, high, width) {
    const parts = [], last = chart.dates.length - 1, bottom = HEIGHT - BOTTOM;
    if (last > chart.edge + 0.5)
      parts.push(`<rect x="${x(chart.edge + 0.5).toFixed(1)}" y="${TOP}" width="${(x(last) - x(chart.edge + 0.5)).toFixed(1)}" height="${bottom - TOP}" fill="${SHADE}"/>`);
    const ticks = chart.scale === "log" ? decades(low, high) : nice(low, high, 5);
    for (const at of ticks) {
      if (at < low || at > high) continue;
      const place = y(at).toFixed(1), strong = chart.zero && at === 0;
      parts.push(`<line x1="${LEFT}" x2="${width - RIGHT}" y1="${place}" y2="${place}" stroke="${strong ? "#555" : "#dcdcdc"}"/>`);
      parts.push(`<text x="${LEFT - 6}" y="${place}" dy="0.32em" text-anchor="end">${told(chart, at)}</text>`);
    }
    const years = chart.dates.map((date, month) => [date, month]).filter(([date]) => date.endsWith("-01"));
    const every = Math.ceil((years.length * 40) / (width - LEFT - RIGHT)) || 1;
    years.forEach(([date, month], place) => {
      if (place % every) return;
      parts.push(`<line x1="${x(month).toFixed(1)}" x2="${x(month).toFixed(1)}" y1="${bottom}" y2="${bottom + 4}" stroke="#555"/>`);
      parts.push(`<text x="${x(month).toFixed(1)}" y="${bottom + 16}" text-anchor="${x(month) > width - RIGHT - 14 ? "end" : "middle"}">${date.slice(0, 4)}</text>`);
    });
    parts.push(`<line x1="${LEFT}" x2="${width - RIGHT}" y1="${bottom}" y2="${bottom}" stroke="#555"/>`);
    if (there(chart.cursor) && chart.cursor <= last)
      parts.push(`<line class="cursor" x1="${x(chart.cursor).toFixed(1)}" x2="${x(chart.cursor).toFixed(1)}" y1="${TOP}" y2="${bottom}"/>`);
    return parts;
  }

  function drawn(chart, x, y) {
    const parts = [];
    const points = (values) => values.map((v, month) => (there(v) && (chart.scale !== "log" || v > 0) ? [x(month), y(v)] : null));
    for (const one of chart.series)
      if (one.low) parts.push(`<path d="${band(points(one.low), points(one.high))}" fill="${one.colour}" opacity="0.18"/>`);
    for (const one of chart.series) {
      const colour = one.ghost ? GHOST : one.colour;
      parts.push(`<path d="${path(points(one.values))}" fill="none" stroke="${colour}" stroke-width="${one.ghost ? 1.2 : 2}" stroke-dasharray="${one.dash || "none"}"/>`);
      const ends = one.values.map((v, month) => [v, month]).filter(([v]) => there(v));
      if (ends.length === 1 && points(one.values)[ends[0][1]])  // a single month has no line
        parts.push(`<circle cx="${x(ends[0][1]).toFixed(1)}" cy="${y(ends[0][0]).toFixed(1)}" r="2.5" fill="${colour}"/>`);
      for (const [month, value] of one.marks || [])
        parts.push(`<circle cx="${x(month).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3.2" fill="#fff" stroke="#222" stroke-width="1.3"/>`);
    }
    return parts;
  }

  function areas(chart, x, y) {
    const parts = [], length = Math.max(...chart.series.map((one) => one.values.length));
    let below = Array(length).fill(0);
    for (const one of chart.series) {
      const above = below.map((base, month) => base + (there(one.values[month]) ? one.values[month] : 0));
      const points = (values) => values.map((v, month) => [x(month), y(v)]);
      parts.push(`<path d="${band(points(below), points(above))}" fill="${one.colour}" stroke="#fff" stroke-width="0.8"/>`);
      below = above;
    }
    return parts;
  }

  // Names inside the areas where there is room, so that no colour has to be known.
  function inside(chart, x, y, width) {
    const last = Math.max(...chart.series.map((one) => one.values.length)) - 1, parts = [];
    if (x(last) - x(0) < 90) return parts;
    let base = 0;
    for (const one of chart.series) {
      const share = one.values[last] || 0;
      if (y(base) - y(base + share) > 15)
        parts.push(`<text class="inside" x="${(x(last) - 4).toFixed(1)}" y="${y(base + share / 2).toFixed(1)}" dy="0.32em" text-anchor="end">${escape(one.name)}</text>`);
      base += share;
    }
    return parts;
  }

  function svg(chart, width) {
    const last = Math.max(1, chart.dates.length - 1), [low, high] = range(chart), log = chart.scale === "log";
    const x = (month) => LEFT + (month / last) * (width - LEFT - RIGHT);
    const shown = (v) => (log ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low));
    const y = (v) => HEIGHT - BOTTOM - shown(v) * (HEIGHT - BOTTOM - TOP);
    const marks = chart.stacked ? [...areas(chart, x, y), ...inside(chart, x, y, width)] : drawn(chart, x, y);
    const frame = axes(chart, x, y, low, high, width);
    if (!chart.stacked && !chart.series.some((one) => one.values.some(there)))
      marks.push(`<text x="${(LEFT + width - RIGHT) / 2}" y="${HEIGHT / 2}" text-anchor="middle">not defined here</text>`);
    const parts = chart.stacked ? [...marks, ...frame.filter((p) => !p.startsWith("<rect"))] : [...frame, ...marks];
    return `<svg viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img" aria-label="${escape(says(chart))}">${parts.join("")}</svg>`;
  }

  // What a chart shows, in words.
  function says(chart) {
    const month = there(chart.cursor) ? Math.min(chart.cursor, chart.dates.length - 1) : chart.dates.length - 1;
    const words = chart.series.filter((one) => !one.quiet).map((one) => `${one.name} ${told(chart, one.values[month])}`).join(", ");
    return `${chart.title}${chart.unit ? ` in ${chart.unit}` : ""}, ${chart.dates[month]}: ${words}`;
  }

  function legend(chart) {
    const item = (one) => {
      const line = chart.stacked
        ? `<rect width="12" height="10" y="1" fill="${one.colour}"/>`
        : `<line x1="0" x2="24" y1="6" y2="6" stroke="${one.ghost ? GHOST : one.colour}" stroke-width="${one.ghost ? 1.5 : 2.4}" stroke-dasharray="${one.dash || "none"}"/>`;
      return `<span class="key"><svg width="${chart.stacked ? 12 : 24}" height="12" aria-hidden="true">${line}</svg>${escape(one.name)}</span>`;
    };
    const marks = chart.series.some((one) => (one.marks || []).length)
      ? '<span class="key"><svg width="10" height="12" aria-hidden="true"><circle cx="5" cy="6" r="3.2" fill="#fff" stroke="#222" stroke-width="1.3"/></svg>published</span>'
      : "";
    return chart.series.filter((one) => !one.quiet).map(item).join("") + marks;
  }

  // Each December, the last month, and where the cursor is.
  function table(chart) {
    const series = chart.series.filter((one) => !one.quiet);
    const last = chart.dates.length - 1;
    const months = chart.dates.map((_, month) => month)
      .filter((m) => chart.dates[m].endsWith("-12") || m === last || m === chart.cursor)
      .filter((m) => series.some((one) => there(one.values[m])));
    const cell = (one, m) => told(chart, one.values[m])
      + (one.low && there(one.low[m]) ? ` (${told(chart, one.low[m])} to ${told(chart, one.high[m])})` : "");
    const head = series.map((one) => `<th scope="col">${escape(one.name)}</th>`).join("");
    const rows = months.map((m) => `<tr><th scope="row">${chart.dates[m]}</th>${series.map((one) => `<td>${cell(one, m)}</td>`).join("")}</tr>`);
    return `<table><caption>${escape(chart.title)}${chart.unit ? ` [${escape(chart.unit)}]` : ""}</caption><thead><tr><th scope="col">month</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }

  function make(host, chart) {
    const figure = document.createElement("figure");
    figure.className = "chart";
    figure.dataset.chart = chart.id;
    figure.innerHTML = '<figcaption></figcaption><div class="keys"></div><div class="plot"></div><details><summary>As a table</summary><div class="rows"></div></details>';
    figure.querySelector("details").addEventListener("toggle", () => rows(figure));
    host.append(figure);
    return figure;
  }

  function rows(figure) {
    const open = figure.querySelector("details").open;
    figure.querySelector(".rows").innerHTML = open ? table(figure.shown) : "";
  }

  function put(element, html) {
    if (element.given !== html) { element.innerHTML = html; element.given = html; }
  }

  // Draw a chart into the figure of its id within host, which is made if it is not there yet.
  function draw(host, chart) {
    const figure = [...host.children].find((child) => child.dataset.chart === chart.id) || make(host, chart);
    figure.shown = chart;
    const unit = chart.unit ? ` <span class="unit">[${escape(chart.unit)}]</span>` : "";
    put(figure.querySelector("figcaption"), escape(chart.title) + unit);
    put(figure.querySelector(".keys"), legend(chart));
    const plot = figure.querySelector(".plot");
    put(plot, svg(chart, Math.max(220, Math.floor(plot.clientWidth || 360))));
    if (figure.querySelector("details").open) rows(figure);
    return figure;
  }

  // The month under a pointer.
  function monthAt(figure, clientX) {
    const box = figure.querySelector(".plot svg").getBoundingClientRect(), last = figure.shown.dates.length - 1;
    const share = (clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
    return Math.max(0, Math.min(last, Math.round(share * last)));
  }

  return { draw, number, extent, escape, monthAt, there };
})();
