// The page: controls change the view, the view is drawn, and the address says what the view is.
(async () => {
  const $ = (id) => document.getElementById(id), data = JSON.parse($("data").textContent);
  const BLUE = "#0072b2", VERMILION = "#d55e00", BLACK = "#000000", BASELINE = data.scenarios[0].name;
  const { number, escape, there } = Charts;
  const words = (name) => name.replace(/_/g, " ");
  if (typeof DecompressionStream === "undefined") {
    $("error").textContent = "This browser cannot unpack the page's numbers; one of 2023 or later can.";
    $("error").hidden = false;
    return;
  }
  const numbers = await Numbers.read(data);
  const view = { ...Views.first(data), ...Views.fromHash(location.hash, data) };
  const measure = (id) => data.measures.find((one) => one.id === id);
  const unit = (one, difference) => (difference && one.percent ? "percentage points" : one.percent ? "" : one.unit);
  // A difference with its sign; of shares in points.
  const signed = (value, one) => (there(value) ? (value > 0 ? "+" : "") + number(value, one.percent).replace("%", "") : "–");
  const span = (low, high, tell) => (there(low) && there(high) ? ` <span class="band">(${tell(low)} to ${tell(high)})</span>` : "");

  function option(value, text) { return `<option value="${escape(value)}">${escape(text)}</option>`; }

  function fillControls() {
    $("scenario").innerHTML = data.scenarios.slice(1).map((one) => option(one.name, words(one.name))).join("");
    $("phi").max = data.phi.length - 1;
    $("month").max = data.dates.length - 1;
    $("seed").innerHTML = data.twins.map((seed, at) => option(at, seed)).join("");
    $("measure").innerHTML = Object.entries(data.groups).map(([name, ids]) =>
      `<optgroup label="${escape(name)}">${ids.map((id) => option(id, measure(id).name)).join("")}</optgroup>`).join("");
    if ($("kind")) $("kind").innerHTML = option("", "all") + [...new Set(data.claims.map((one) => one.kind))].map((kind) => option(kind, kind)).join("");
    $("groups").innerHTML = Object.keys(data.groups).map((name, at) =>
      `<section aria-labelledby="group${at}"><h2 id="group${at}">${escape(name)}</h2><div class="charts" id="charts${at}"></div></section>`).join("");
    $("phi-about").textContent = data.phi_about;
  }

  function showControls() {
    $("scenario").value = view.scenario;
    $("phi").value = view.phi;
    $("phi-value").textContent = data.phi[view.phi];
    $("phi").setAttribute("aria-valuetext", `φ ${data.phi[view.phi]}`);
    $("month").value = view.month;
    $("month-value").textContent = data.dates[view.month];
    $("month").setAttribute("aria-valuetext", data.dates[view.month]);
    $("seed").value = view.seed;
    $("measure").value = view.measure;
    if ($("kind")) $("kind").value = view.kind;
    document.querySelectorAll("[name=show]").forEach((radio) => { radio.checked = radio.value === view.show; });
    document.querySelectorAll(".when").forEach((place) => { place.textContent = data.dates[view.month]; });
    $("why").textContent = data.scenarios.find((one) => one.name === view.scenario).why;
  }

  function headlines() {
    const at = view.month;
    const rows = data.measures.map((one) => {
      const [base, other] = [BASELINE, view.scenario].map((name) => numbers.level(name, view.phi, one.id));
      const effect = numbers.effect(view.scenario, view.phi, one.id);
      const level = (of) => number(of.values[at], one.percent) + (of.low ? span(of.low[at], of.high[at], (v) => number(v, one.percent)) : "");
      const changed = signed(effect.values[at], one) + span(effect.low[at], effect.high[at], (v) => signed(v, one));
      const agree = effect.values[at] && there(effect.agree[at]) ? `${Math.round(100 * effect.agree[at])}%` : "–";
      return `<tr data-measure="${one.id}"><th scope="row" title="${escape(one.doc)}">${escape(one.name)}${unit(one) ? ` <span class="unit">[${escape(unit(one))}]</span>` : ""}</th>
        <td>${level(base)}</td><td>${level(other)}</td><td class="changed">${changed}${one.percent && there(effect.values[at]) ? " points" : ""}</td><td>${agree}</td></tr>`;
    });
    $("headlines").innerHTML = `<caption>${data.dates[at]}, φ ${data.phi[view.phi]}</caption><thead><tr><th scope="col">measure</th>
      <th scope="col">baseline</th><th scope="col">${escape(words(view.scenario))}</th><th scope="col">difference</th>
      <th scope="col">pairs that agree on the sign</th></tr></thead><tbody>${rows.join("")}</tbody>`;
  }

  function says() {
    const told = ["open_share_tokens", "frontier", "spend"].map((id) => {
      const one = measure(id), effect = numbers.effect(view.scenario, view.phi, id);
      return `${one.name.toLowerCase()} ${signed(effect.values[view.month], one)} ${unit(one, true) || ""}`.trim();
    });
    $("says").textContent = `${words(view.scenario)} minus baseline, ${data.dates[view.month]}, φ ${data.phi[view.phi]}: ${told.join(", ")}.`;
  }

  function chart(id) {
    const one = measure(id), common = { id, title: one.name, dates: data.dates, edge: data.edge, cursor: view.month, percent: one.percent };
    if (view.show === "difference") {
      const { values, low, high } = numbers.effect(view.scenario, view.phi, id);
      const series = [{ name: `${words(view.scenario)} minus baseline`, colour: VERMILION, values, low, high }];
      return { ...common, unit: unit(one, true), scale: "linear", zero: true, points: one.percent, series };
    }
    const line = (name, colour, dash, marks) => ({ name: words(name), colour, dash, ...numbers.level(name, view.phi, id), marks });
    const marks = one.marks.filter(([month]) => month < data.dates.length);
    return { ...common, unit: unit(one) + (one.log ? ", log" : ""), scale: one.log ? "log" : "linear",
      series: [line(BASELINE, BLUE, "", marks), line(view.scenario, VERMILION, "6 4", [])] };
  }

  function charts() {
    Object.values(data.groups).forEach((ids, at) => ids.forEach((id) => listen(Charts.draw($(`charts${at}`), chart(id)))));
  }

  function twin(name, seed) {
    const line = (id, text, colour, dash) => ({ name: text, colour, dash, values: numbers.world(name, view.phi, seed, id) });
    return [
      { id: "labs", title: "Share of tokens by lab", unit: "", percent: true, stacked: true,
        series: data.labs.map((lab, at) => ({ ...lab, values: numbers.share(name, view.phi, seed, at) })) },
      { id: "open", title: "Open weights' share", unit: "", percent: true, series: [line("open_share_tokens", "of tokens", BLUE, ""),
        line("open_share_users", "of users", VERMILION, "6 4"), line("open_share_spend", "of spend", BLACK, "2 3")] },
      { id: "frontier", title: "Best capability", unit: measure("frontier").unit, series: [line("frontier", "all models", BLUE, "")] },
      { id: "lag", title: "Behind the frontier", unit: "months", series: [line("open_lag_step", "open weights", BLUE, ""),
        line("china_lag", "China behind the US", VERMILION, "6 4")] },
      { id: "prices", title: "Prices", unit: "$/Mtok, log", scale: "log", series: [line("frontier_price", "best model", BLUE, ""),
        line("price_gpt4_level", "GPT-4's level", VERMILION, "6 4"), line("price_gpt35_level", "GPT-3.5's level", BLACK, "2 3")] },
      { id: "talent", title: "Researchers, shares of all", unit: "", percent: true, series: [line("researchers_labs", "at labs", BLUE, ""),
        line("researchers_us", "in the US", VERMILION, "6 4"), line("researchers_china", "in China", BLACK, "2 3")] },
    ];
  }

  function twins() {
    const [left, right] = [BASELINE, view.scenario].map((name) => twin(name, view.seed));
    $("twin-name").textContent = words(view.scenario);
    left.forEach((one, at) => {
      const other = right[at], both = [...one.series, ...other.series];
      const [low, high] = Charts.extent(both, one.scale === "log");
      const common = { dates: data.dates, edge: data.edge, cursor: view.month, low, high, scale: "linear" };
      const ghosts = one.stacked ? [] : one.series.map((line) => ({ ...line, ghost: true, quiet: true }));
      listen(Charts.draw($("left"), { ...common, ...one }));
      listen(Charts.draw($("right"), { ...common, ...other, series: [...ghosts, ...other.series] }));
    });
    const apart = data.dates.findIndex((_, month) => left.some((one, at) =>
      one.series.some((line, place) => line.values[month] !== right[at].series[place].values[month])));
    $("parted").textContent = apart < 0 ? "Both worlds are the same in everything shown here."
      : apart === 0 ? "The worlds differ from the first month on."
      : `The worlds are the same to ${data.dates[apart - 1]} and differ from ${data.dates[apart]} on, in what is shown here.`;
  }

  // A dot with its interval on a common axis.
  function dot(value, low, high, from, to) {
    if (!there(value)) return "";
    const x = (v) => (6 + 228 * ((v - from) / (to - from))).toFixed(1), zero = x(0);
    const bar = there(low) ? `<line x1="${x(low)}" x2="${x(high)}" y1="9" y2="9" stroke="${VERMILION}" stroke-width="2"/>` : "";
    return `<svg width="240" height="18" aria-hidden="true"><line x1="${zero}" x2="${zero}" y1="0" y2="18" stroke="#777"/>${bar}<circle cx="${x(value)}" cy="9" r="4" fill="${VERMILION}"/></svg>`;
  }

  function ranking() {
    const one = measure(view.measure), at = view.month;
    const rows = data.scenarios.slice(1).map(({ name, why }) => ({ name, why, ...numbers.effect(name, view.phi, one.id) }));
    rows.sort((a, b) => (b.values[at] ?? -Infinity) - (a.values[at] ?? -Infinity));
    const [from, to] = Charts.extent([{ values: [0, ...rows.flatMap((row) => [row.values[at], row.low[at], row.high[at]])] }], false);
    const room = (to - from || 1) * 0.02;
    const body = rows.map((row) => `<tr data-scenario="${row.name}"${row.name === view.scenario ? ' class="chosen"' : ""}>
      <th scope="row"><button type="button" class="plain" title="${escape(row.why)}" aria-pressed="${row.name === view.scenario}">${escape(words(row.name))}</button></th>
      <td>${dot(row.values[at], row.low[at], row.high[at], from - room, to + room)}</td>
      <td>${signed(row.values[at], one)}${span(row.low[at], row.high[at], (v) => signed(v, one))}</td></tr>`);
    $("ranking").innerHTML = `<caption>${escape(one.name)}${unit(one, true) ? ` [${escape(unit(one, true))}]` : ""}, ${data.dates[at]}, φ ${data.phi[view.phi]}; a name chooses its scenario</caption>
      <thead><tr><th scope="col">scenario</th><td></td><th scope="col">minus baseline</th></tr></thead><tbody>${body.join("")}</tbody>`;
  }

  function claims() {
    if (!$("claims")) return;
    const percent = (v) => (there(v) ? `${Math.round(100 * v)}%` : "–");
    const tests = (row) => row.tests.map((t) => `<li>${escape(t.measure)}, ${escape(words(t.scenario))}, ${escape(t.window)}: ${number(t.mean)} (${number(t.q10)} to ${number(t.q90)}) ${escape(t.unit === "1" ? "" : t.unit)}</li>`).join("");
    const bar = (row) => there(row.share) ? `<svg width="80" height="14" aria-hidden="true"><rect width="80" height="14" fill="#e6e6e6"/><rect width="${80 * row.share}" height="14" fill="${BLUE}"/><line x1="${80 * row.low}" x2="${80 * row.high}" y1="7" y2="7" stroke="#000" stroke-width="2"/></svg>` : "";
    const rows = data.claims.filter((row) => !view.kind || row.kind === view.kind).map((row) => `<tr><td>${escape(row.id)}</td>
      <th scope="row">${escape(row.claim)}${row.tests.length ? `<details><summary>tests</summary><ul>${tests(row)}</ul></details>` : ""}</th>
      <td>${escape(row.verdict)}</td><td>${escape(row.over)}</td><td>${bar(row)} ${percent(row.share)}${there(row.low) ? ` (${percent(row.low)} to ${percent(row.high)})` : ""}</td></tr>`);
    $("claims").innerHTML = `<caption>${rows.length} of ${data.claims.length} verdicts</caption>
      <thead><tr><td></td><th scope="col">claim</th><th scope="col">verdict</th><th scope="col">draws</th><th scope="col">holds in</th></tr></thead><tbody>${rows.join("")}</tbody>`;
  }

  // Rows of a table of values to be taken along.
  function csv(names, phis) {
    const lines = ["scenario,phi,measure,unit,date,mean,q10,q90,minus_baseline,low95,high95"];
    const cell = (values, at) => (values && there(values[at]) ? Number(values[at].toPrecision(4)) : "");
    for (const name of names) for (const phi of phis) for (const one of data.measures) {
      const level = numbers.level(name, phi, one.id), effect = name === BASELINE ? {} : numbers.effect(name, phi, one.id);
      data.dates.forEach((date, at) => lines.push([name, data.phi[phi], one.id, one.unit || "1", date, cell(level.values, at),
        cell(level.low, at), cell(level.high, at), cell(effect.values, at), cell(effect.low, at), cell(effect.high, at)].join(",")));
    }
    return lines.join("\n") + "\n";
  }

  function save(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const listened = new WeakSet();
  // A click on a chart chooses its month.
  function listen(figure) {
    if (listened.has(figure)) return;
    listened.add(figure);
    figure.querySelector(".plot").addEventListener("click", (event) => change({ month: Charts.monthAt(figure, event.clientX) }));
  }

  function draw() {
    showControls(); headlines(); says(); charts(); twins(); ranking(); claims();
    const hash = Views.toHash(view, data);
    if (location.hash !== hash) history.replaceState(null, "", hash);
    $("link").value = location.href;
    $("copied").textContent = "";
  }

  let waiting = false;
  function change(news) {
    Object.assign(view, news);
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }

  fillControls();
  $("scenario").addEventListener("change", () => change({ scenario: $("scenario").value }));
  $("phi").addEventListener("input", () => change({ phi: Number($("phi").value) }));
  $("month").addEventListener("input", () => change({ month: Number($("month").value) }));
  $("seed").addEventListener("change", () => change({ seed: Number($("seed").value) }));
  $("measure").addEventListener("change", () => change({ measure: $("measure").value }));
  if ($("kind")) $("kind").addEventListener("change", () => change({ kind: $("kind").value }));
  document.querySelectorAll("[name=show]").forEach((radio) => radio.addEventListener("change", () => change({ show: radio.value })));
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("ranking").addEventListener("click", (event) => {
    const name = event.target.closest("button") && event.target.closest("tr").dataset.scenario;
    if (!name) return;
    Object.assign(view, { scenario: name });
    draw();
    document.querySelector(`#ranking [data-scenario="${name}"] button`).focus();
  });
  $("copy").addEventListener("click", async () => {
    $("link").select();
    try { await navigator.clipboard.writeText($("link").value); $("copied").textContent = "copied"; }
    catch { $("copied").textContent = "selected; copy it with your keys"; }
  });
  $("this-view").addEventListener("click", () => save(`weightshift_${view.scenario}.csv`, csv([BASELINE, view.scenario], [view.phi])));
  $("everything").addEventListener("click", () => save("weightshift.csv", csv(data.scenarios.map((one) => one.name), data.phi.map((_, at) => at))));
  window.addEventListener("hashchange", () => change(Views.fromHash(location.hash, data)));
  window.addEventListener("resize", () => change({}));
  draw();
  document.body.dataset.ready = "1";
})();
