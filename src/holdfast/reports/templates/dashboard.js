"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const bandColours = { low: "#56b4e9", medium: "#e69f00", high: "#d55e00" };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const blue = () => (dark.matches ? "#56b4e9" : "#0072b2");
  // Plotly reads a few tags in texts: a text from the records must not be read as one.
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const cut = (text, letters) => plain(text.length > letters ? text.slice(0, letters - 1) + "…" : text);
  const count = (number) => Math.round(number).toLocaleString("en");
  const [before, behind] = data.currency_affixes;
  const money = (number) => (number < 0 ? "−" : "") + before + Math.abs(number).toLocaleString("en", { maximumFractionDigits: 0 }) + behind;
  const percent = (share, digits = 1) => Number((100 * share).toFixed(digits)) + " %";
  // Charts draw percentages as numbers, so that they read "27.2 %" as everywhere else.
  const inPercent = (shares) => shares.map((share) => (share === null ? null : 100 * share));
  const filters = { search: "", band: "", segment: "", from: 0, to: 1.01 };

  const layout = (more) => {
    const ink = dark.matches ? "#c9d3de" : "#3a4654";
    const line = dark.matches ? "#2e3945" : "#e3e7ec";
    const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
    const settings = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 12 },
      margin: { l: 50, r: 14, t: 10, b: 44 }, hovermode: "closest", legend: { orientation: "h", y: 1.12, x: 0 },
      ...more,
    };
    for (const name of ["xaxis", "yaxis", "yaxis2"]) if (name !== "yaxis2" || more.yaxis2) settings[name] = { ...axis, ...(more[name] || {}) };
    return settings;
  };
  const named = (text) => ({ title: { text } });
  const shares = (text) => ({ ...named(text), ticksuffix: " %" });
  const options = { displayModeBar: false, responsive: true };
  const nothing = (id, words) => { const element = at(id); element.style.height = "auto"; element.textContent = words; };
  const draw = (id, traces, more) => Plotly.react(id, traces, layout(more), options);
  const ahead = data.within ? " " + data.within : "";

  function drawRisk() {
    const mids = [...Array(40).keys()].map((bin) => (bin + 0.5) * 2.5);
    const traces = data.bands.map((band) => ({
      type: "bar", name: band, x: mids, y: data.risk[band], width: 2.5, marker: { color: bandColours[band] },
      hovertemplate: "%{x:.1f} %: %{y:,} customers<extra>" + band + "</extra>",
    }));
    draw("risk", traces, { barmode: "stack", xaxis: { ...shares("probability of leaving" + ahead), range: [0, 100] }, yaxis: named("customers") });
  }
  function drawScatter() {
    const total = data.bands.reduce((sum, band) => sum + data.scatter.points[band].customer_id.length, 0);
    if (!total) return nothing("scatter", "The value of customers is not known.");
    at("scatter-words").textContent = total < data.scatter.of ? "A random " + count(total) + " of " + count(data.scatter.of) + " customers." : count(total) + " customers.";
    const traces = data.bands.map((band) => {
      const points = data.scatter.points[band];
      return {
        type: "scatter", mode: "markers", name: band, x: inPercent(points.churn_probability), y: points.expected_value,
        text: points.customer_id.map((id, position) => plain(id) + "<br>" + plain(points.segment[position])),
        marker: { color: bandColours[band], size: 5, opacity: 0.55 },
        hovertemplate: "%{text}<br>probability %{x:.1f} %<br>value " + plain(before) + "%{y:,.0f}" + plain(behind) + "<extra></extra>",
      };
    });
    draw("scatter", traces, { xaxis: shares("probability of leaving" + ahead), yaxis: { ...named("expected value (" + plain(data.currency) + ")"), rangemode: "tozero" } });
  }
  function drawSegments() {
    if (!data.segments.length) { nothing("segments", "This run has no segments."); return nothing("at-risk", "This run has no segments."); }
    const labels = data.segments.map((segment) => cut(segment.segment, 28));
    const risks = data.segments.map((segment) => segment.mean_churn_probability);
    draw("segments", [{
      type: "treemap", labels, ids: data.segments.map((_, position) => String(position)), parents: labels.map(() => ""),
      values: data.segments.map((segment) => segment.customers || 0), customdata: risks.map((risk, position) => [risk === null ? "not known" : percent(risk), data.segments[position].share_of_revenue === null ? "not known" : percent(data.segments[position].share_of_revenue)]),
      marker: { colors: inPercent(risks), colorscale: [[0, "#dbe9f6"], [0.5, "#f3c98b"], [1, "#f07f43"]], showscale: risks.some((risk) => risk !== null), pad: { t: 0, l: 0, r: 0, b: 0 }, cmin: 0, cmax: 100 * Math.max(...risks, 0.01), line: { width: 1.5, color: dark.matches ? "#1a212a" : "#fff" }, colorbar: { ticksuffix: " %", thickness: 10, outlinewidth: 0 } },
      root: { color: "rgba(0,0,0,0)" }, pathbar: { visible: false }, tiling: { pad: 0 },
      texttemplate: "%{label}<br>%{value:,}", textfont: { color: "#1a2430" },
      hovertemplate: "%{label}<br>%{value:,} customers<br>mean probability %{customdata[0]}<br>share of revenue %{customdata[1]}<extra></extra>",
    }], { margin: { l: 4, r: 4, t: 6, b: 6 } });
    const priced = data.segments.filter((segment) => segment.revenue_at_risk !== null).sort((a, b) => a.revenue_at_risk - b.revenue_at_risk);
    if (!priced.some((segment) => segment.revenue_at_risk > 0)) return nothing("at-risk", "No amounts are known, so no revenue is at risk.");
    draw("at-risk", [{
      type: "bar", orientation: "h", y: priced.map((segment) => cut(segment.segment, 28)), x: priced.map((segment) => segment.revenue_at_risk), marker: { color: "#d55e00" },
      hovertemplate: "%{y}: " + plain(before) + "%{x:,.0f}" + plain(behind) + "<extra></extra>",
    }], { xaxis: named("revenue at risk (" + plain(data.currency) + ")"), yaxis: { type: "category" } });
  }
  function drawDrivers() {
    if (!data.drivers.length) return nothing("drivers", "No drivers are known.");
    draw("drivers", [{
      type: "bar", orientation: "h", y: data.drivers.map((_, position) => position), x: inPercent(data.drivers.map((driver) => driver.importance)), marker: { color: blue() },
      text: data.drivers.map((driver) => plain(driver.meaning) + "<br>" + plain(driver.words)), textposition: "none",
      hovertemplate: "%{text}<br>importance %{x:.1f} %<extra></extra>",
    }], { xaxis: shares("importance, as a share of the total"), yaxis: { tickvals: data.drivers.map((_, position) => position), ticktext: data.drivers.map((driver) => cut(driver.meaning, 42)), tickfont: { size: 11 } } });
  }
  function drawGroup() {
    const group = data.groups[at("group").value];
    if (!group) return nothing("groups", "The records hold no attribute to compare by.");
    const values = [...group.values].sort((a, b) => a.rate - b.rate);
    draw("groups", [{
      type: "bar", orientation: "h", y: values.map((value) => cut(value.group, 28)), x: inPercent(values.map((value) => value.rate)), marker: { color: "#d55e00" },
      error_x: { type: "data", symmetric: false, array: inPercent(values.map((value) => value.high - value.rate)), arrayminus: inPercent(values.map((value) => value.rate - value.low)), color: "#8291a1" },
      customdata: values.map((value) => [value.left, value.rows]),
      hovertemplate: "%{y}: %{x:.1f} % (%{customdata[0]:,} of %{customdata[1]:,})<extra></extra>",
    }], { xaxis: { ...shares("share that left, with 95 % interval"), rangemode: "tozero" }, yaxis: { type: "category" } });
  }
  function drawMonths() {
    const full = data.times.months.filter((month) => month.is_complete);
    if (!full.length) return nothing("months", "The records hold no full month of events.");
    const x = full.map((month) => month.month);
    const traces = [{ type: "scatter", mode: "lines+markers", name: "active customers", x, y: full.map((month) => month.active_customers), line: { color: blue() } }];
    const more = { xaxis: { type: "date" }, yaxis: { ...named("active customers"), rangemode: "tozero" } };
    if ("revenue" in full[0]) {
      traces.unshift({ type: "bar", name: "revenue (" + plain(data.currency) + ")", x, y: full.map((month) => month.revenue), yaxis: "y2", marker: { color: "#009e73", opacity: 0.45 } });
      more.yaxis2 = { ...named("revenue"), overlaying: "y", side: "right", rangemode: "tozero", showgrid: false };
      more.margin = { l: 50, r: 60, t: 10, b: 44 };
    }
    draw("months", traces, more);
  }
  function drawRhythm() {
    const rhythm = data.times.tables[at("table").value];
    if (!rhythm) return nothing("rhythm", "The records hold no events over time.");
    const days = Object.keys(rhythm.weekdays);
    const traces = [{ type: "bar", name: "weekday", x: days.map((day) => day.slice(0, 3)), y: Object.values(rhythm.weekdays), marker: { color: blue() }, hovertemplate: "%{x}: %{y:,}<extra></extra>" }];
    const more = { xaxis: { domain: rhythm.hours ? [0, 0.42] : [0, 1] }, yaxis: named("events") };
    const settings = layout(more);
    if (rhythm.hours) {
      traces.push({ type: "bar", name: "hour", x: rhythm.hours.map((_, hour) => hour), y: rhythm.hours, xaxis: "x2", yaxis: "y2", marker: { color: "#009e73" }, hovertemplate: "from %{x}:00: %{y:,}<extra></extra>" });
      settings.xaxis2 = { ...settings.xaxis, domain: [0.54, 1], anchor: "y2", ...named("hour") };
      settings.yaxis2 = { ...settings.yaxis, anchor: "x2", title: { text: "" } };
    }
    settings.showlegend = false;
    Plotly.react("rhythm", traces, settings, options);
  }
  function drawTrust() {
    const diagonal = { type: "scatter", mode: "lines", x: [0, 100], y: [0, 100], line: { dash: "dash", color: "#8291a1" }, hoverinfo: "skip", showlegend: false };
    if (!data.calibration.length) nothing("calibration", "No model was tested.");
    else draw("calibration", [diagonal, {
      type: "scatter", mode: "markers+lines", x: inPercent(data.calibration.map((point) => point.predicted)), y: inPercent(data.calibration.map((point) => point.observed)),
      customdata: data.calibration.map((point) => point.rows), marker: { color: blue(), size: 9 }, line: { width: 1 }, showlegend: false,
      hovertemplate: "predicted %{x:.1f} %, left %{y:.1f} % of %{customdata:,}<extra></extra>",
    }], { xaxis: shares("predicted probability"), yaxis: shares("share that left") });
    if (!data.gain.length) return nothing("gain", "No model was tested.");
    draw("gain", [diagonal, {
      type: "scatter", mode: "lines", x: inPercent(data.gain.map((point) => point.share_contacted)), y: inPercent(data.gain.map((point) => point.share_of_leavers)), line: { color: "#d55e00", width: 2 }, showlegend: false,
      hovertemplate: "contacting %{x:.0f} % reaches %{y:.1f} % of leavers<extra></extra>",
    }], { xaxis: shares("share of customers contacted"), yaxis: shares("share of leavers reached") });
  }

  function showReach() {
    const point = data.reach[at("share").value];
    at("reached").replaceChildren();
    if (!point) return;
    at("share-words").textContent = at("share").value + " % of the list";
    const cost = point.customers * Math.max(Number(at("cost").value) || 0, 0);
    const effect = Math.min(Math.max(Number(at("effect").value) || 0, 0), 100) / 100;
    const results = [["customers contacted", count(point.customers)], ["expected leavers among them", count(point.leavers)], ["who would have stayed anyway", count(point.customers - point.leavers)], ["cost", money(cost)]];
    if (point.revenue_at_risk !== null) results.push(["revenue at risk reached", money(point.revenue_at_risk)], ["expected gain after cost", money(point.revenue_at_risk * effect - cost)]);
    for (const [label, value] of results) {
      const box = document.createElement("div"), number = document.createElement("b"), words = document.createElement("small");
      number.textContent = value; words.textContent = label; box.append(number, words); at("reached").append(box);
    }
  }
  function list() {
    const wanted = filters.search.toLowerCase();
    const matches = data.customers.filter((customer) =>
      (!filters.band || customer.band === filters.band) && (!filters.segment || customer.segment === filters.segment) &&
      (customer.probability === null || (customer.probability >= filters.from && customer.probability < filters.to)) &&
      (!wanted || [customer.customer_id, customer.action, ...customer.reasons].join(" ").toLowerCase().includes(wanted)));
    const shown = matches.slice(0, 200);
    at("rows").replaceChildren(...shown.map((customer) => {
      const row = document.createElement("tr");
      const cells = [[customer.priority, "n"], [customer.customer_id, "id"], [customer.risk, "n"], [customer.band, ""], [customer.at_risk, "n"], [customer.value, "n"], [customer.segment, ""], [customer.reasons.join(" "), ""], [customer.action, ""]];
      for (const [text, look] of cells) { const cell = document.createElement("td"); cell.textContent = text; cell.className = look; row.append(cell); }
      return row;
    }));
    const range = filters.to <= 1 || filters.from > 0 ? ", probability " + percent(filters.from, 1) + " to " + percent(Math.min(filters.to, 1), 1) : "";
    at("list-words").textContent = count(matches.length) + " of the first " + count(data.customers.length) + " by priority match" + range + "; " + count(shown.length) + " are shown. All " + count(data.all_customers) + " are in bi/customers.csv.";
  }
  function fill(id, values) {
    values.forEach(([value, words]) => { const option = document.createElement("option"); option.value = value; option.textContent = words; at(id).append(option); });
  }
  function goToList() { at("band").value = filters.band; at("segment").value = filters.segment; list(); at("list").scrollIntoView({ behavior: "smooth" }); }
  function drawAll() { drawRisk(); drawScatter(); drawSegments(); drawDrivers(); drawGroup(); drawMonths(); drawRhythm(); drawTrust(); }

  fill("band", data.bands.map((band) => [band, band]));
  fill("segment", [...new Set(data.customers.map((customer) => customer.segment))].filter(Boolean).sort().map((name) => [name, name]));
  fill("group", data.groups.map((group, position) => [position, group.column.replaceAll("_", " ")]));
  fill("table", Object.keys(data.times.tables).map((name) => [name, name]));
  drawAll(); showReach(); list();
  dark.addEventListener("change", drawAll);
  for (const id of ["share", "cost", "effect"]) at(id).addEventListener("input", showReach);
  at("search").addEventListener("input", (event) => { filters.search = event.target.value; list(); });
  at("band").addEventListener("change", (event) => { filters.band = event.target.value; list(); });
  at("segment").addEventListener("change", (event) => { filters.segment = event.target.value; list(); });
  at("group").addEventListener("change", drawGroup);
  at("table").addEventListener("change", drawRhythm);
  at("clear").addEventListener("click", () => { Object.assign(filters, { search: "", band: "", segment: "", from: 0, to: 1.01 }); at("search").value = ""; at("band").value = ""; at("segment").value = ""; list(); });
  if (at("risk").on) at("risk").on("plotly_click", (event) => { const middle = event.points[0].x / 100; filters.from = middle - 0.0125; filters.to = middle + 0.0125 > 0.999 ? 1.01 : middle + 0.0125; goToList(); });
  if (at("segments").on) at("segments").on("plotly_treemapclick", (event) => { const segment = data.segments[Number(event.points[0].id)]; if (segment) { filters.segment = segment.segment; goToList(); } return false; });
  if (at("at-risk").on) at("at-risk").on("plotly_click", (event) => { const name = event.points[0].y; const segment = data.segments.find((candidate) => cut(candidate.segment, 28) === name); if (segment) { filters.segment = segment.segment; goToList(); } });
})();
