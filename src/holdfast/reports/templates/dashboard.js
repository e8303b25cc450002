"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  // One scale for risk, from pale to dark (in the dark theme from dim to bright).
  const bandColour = (band) => (dark.matches ? { low: "#33587a", medium: "#5a9bd0", high: "#b9dcfa", "notice given": "#d9a066" } : { low: "#b5d3ec", medium: "#5a9bd0", high: "#124c85", "notice given": "#b4641e" })[band];
  const bandWords = (band) => (band === "notice given" ? band : band + " risk");
  const blue = () => (dark.matches ? "#56b4e9" : "#0072b2");
  // Plotly reads a few tags in texts: a text from the records must not be read as one.
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  // A label in lines of so many letters: nothing of it is cut.
  const lines = (text, letters) => {
    const words = String(text).split(" ").flatMap((word) => word.match(new RegExp(".{1," + letters + "}", "gsu")) || [""]), rows = [""];
    for (const word of words) { const last = rows[rows.length - 1]; if (last && (last + " " + word).length > letters) rows.push(word); else rows[rows.length - 1] = last ? last + " " + word : word; }
    return rows.map(plain).join("<br>");
  };
  const count = (number) => Math.round(number).toLocaleString("en");
  const [before, behind] = data.currency_affixes;
  const money = (number) => (number < 0 ? "−" : "") + before + Math.abs(number).toLocaleString("en", { maximumFractionDigits: 0 }) + behind;
  // An estimate has three significant digits, as everywhere else; what is counted is exact.
  const estimate = (amount) => money(Number(amount.toPrecision(3)));
  const percent = (share, digits = 1) => Number((100 * share).toFixed(digits)) + " %";
  // Charts draw percentages as numbers, so that they read "27.2 %" as everywhere else.
  const inPercent = (shares) => shares.map((share) => (share === null ? null : 100 * share));
  const filters = { search: "", band: "", segment: "", bin: null };
  // All customers, counted: what every chart and every count is a sum of.
  const cells = data.cells.map(([segment, band, bin, customers, leavers, atRisk]) => ({ segment, band, bin, customers, leavers, atRisk }));
  const fits = (one) => (!filters.band || one.band === filters.band) && (!filters.segment || one.segment === filters.segment) && (filters.bin === null || one.bin === filters.bin);
  const total = (chosen, what) => cells.reduce((sum, cell) => (chosen(cell) ? sum + cell[what] : sum), 0);
  const segmentNames = [...new Set(cells.map((cell) => cell.segment))];
  const binWords = (bin) => percent(bin / data.bins) + " to " + percent((bin + 1) / data.bins);

  const layout = (more) => {
    const ink = dark.matches ? "#c9d3de" : "#3a4654";
    const line = dark.matches ? "#2e3945" : "#e3e7ec";
    const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
    const settings = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 12 },
      margin: { l: 50, r: 14, t: 10, b: 44 }, hovermode: "closest", legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      ...more,
    };
    for (const name of ["xaxis", "yaxis", "yaxis2"]) if (name !== "yaxis2" || more.yaxis2) settings[name] = { ...axis, ...(more[name] || {}) };
    return settings;
  };
  const named = (text) => ({ title: { text } });
  const counts = (text) => ({ ...named(text), tickformat: "," });
  const amounts = (text) => ({ ...named(text), tickformat: ",", tickprefix: plain(before), ticksuffix: plain(behind) });
  const shares = (text) => ({ ...named(text), ticksuffix: " %" });
  const options = { displayModeBar: false, responsive: true };
  const nothing = (id, words) => { const element = at(id); element.style.height = "auto"; element.textContent = words; };
  const draw = (id, traces, more) => Plotly.react(id, traces, layout(more), options);
  const ahead = data.within ? " " + data.within : "";

  function drawRisk() {
    const step = 100 / data.bins, bins = [...Array(data.bins).keys()];
    const traces = data.bands.map((band) => ({
      type: "bar", name: bandWords(band), x: bins.map((bin) => (bin + 0.5) * step), y: bins.map((bin) => total((cell) => cell.bin === bin && cell.band === band, "customers")),
      width: step * 0.92, marker: { color: bandColour(band) }, customdata: bins.map((bin) => [bin, band, binWords(bin)]),
      hovertemplate: "%{customdata[2]}: %{y:,} customers<extra>" + bandWords(band) + "</extra>",
    }));
    draw("risk", traces, { barmode: "stack", xaxis: { ...shares("probability of leaving" + ahead), range: [0, 100] }, yaxis: counts("customers") });
  }
  function drawScatter() {
    const shown = data.bands.reduce((sum, band) => sum + data.scatter.points[band].customer_id.length, 0);
    if (!shown) return nothing("scatter", "The value of customers is not known.");
    at("scatter-words").textContent = shown < data.scatter.of ? "A random " + count(shown) + " of " + count(data.scatter.of) + " customers." : count(shown) + " customers.";
    const traces = data.bands.map((band) => {
      const points = data.scatter.points[band];
      return {
        type: "scatter", mode: "markers", name: bandWords(band), x: inPercent(points.churn_probability), y: points.expected_value,
        text: points.customer_id.map((id, position) => plain(id) + "<br>" + plain(points.segment[position])),
        marker: { color: bandColour(band), size: 5, opacity: 0.7 },
        hovertemplate: "%{text}<br>probability %{x:.1f} %<br>value " + plain(before) + "%{y:,.0f}" + plain(behind) + "<extra></extra>",
      };
    });
    draw("scatter", traces, { legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, itemsizing: "constant" }, xaxis: shares("probability of leaving" + ahead), yaxis: { ...amounts("expected value"), rangemode: "tozero" } });
  }
  function drawSegments() {
    if (!segmentNames.length) { nothing("segments", "No customer was scored."); return nothing("at-risk", "No customer was scored."); }
    const sized = segmentNames.map((name) => [name, total((cell) => cell.segment === name, "customers")]).sort((a, b) => a[1] - b[1]);
    const height = (rows) => Math.max(200, 70 + 30 * rows) + "px";
    const ticks = (names) => ({ tickvals: names.map((_, row) => row), ticktext: names.map((name) => lines(name, 24)), range: [-0.6, names.length - 0.4] });
    at("segments").style.height = height(sized.length);
    const names = sized.map(([name]) => name);
    draw("segments", data.bands.map((band) => ({
      type: "bar", orientation: "h", name: bandWords(band), y: names.map((_, row) => row), x: names.map((name) => total((cell) => cell.segment === name && cell.band === band, "customers")),
      marker: { color: bandColour(band) }, customdata: names.map((name) => [name, band, plain(name)]),
      hovertemplate: "%{customdata[2]}, " + bandWords(band) + ": %{x:,} customers<extra></extra>",
    })), { barmode: "stack", xaxis: counts("customers"), yaxis: ticks(names) });
    const priced = segmentNames.map((name) => [name, total((cell) => cell.segment === name, "atRisk")]).sort((a, b) => a[1] - b[1]);
    if (!priced.some(([, amount]) => amount > 0)) return nothing("at-risk", "No amounts are known, so no revenue is at risk.");
    at("at-risk").style.height = height(priced.length);
    draw("at-risk", [{
      type: "bar", orientation: "h", y: priced.map((_, row) => row), x: priced.map(([, amount]) => amount), marker: { color: bandColour("high") },
      customdata: priced.map(([name]) => [name, null, plain(name)]), hovertemplate: "%{customdata[2]}: " + plain(before) + "%{x:,.0f}" + plain(behind) + "<extra></extra>",
    }], { xaxis: amounts("revenue at risk"), yaxis: ticks(priced.map(([name]) => name)) });
  }
  function drawDrivers() {
    if (!data.drivers.length) return nothing("drivers", "No drivers are known.");
    at("drivers").style.height = 90 + (at("drivers").clientWidth < 480 ? 66 : 38) * data.drivers.length + "px";
    draw("drivers", [{
      type: "bar", orientation: "h", y: data.drivers.map((_, position) => position), x: inPercent(data.drivers.map((driver) => driver.importance)), marker: { color: blue() },
      text: data.drivers.map((driver) => plain(driver.meaning) + "<br>" + plain(driver.words)), textposition: "none",
      hovertemplate: "%{text}<br>importance %{x:.1f} %<extra></extra>",
    }], { xaxis: shares("importance, as a share of the total"), yaxis: { tickvals: data.drivers.map((_, position) => position), ticktext: data.drivers.map((driver) => lines(driver.meaning, at("drivers").clientWidth < 480 ? 24 : 44)), tickfont: { size: 11 } } });
  }
  function drawGroup() {
    const group = data.groups[at("group").value];
    if (!group) return nothing("groups", "The records hold no attribute to compare by.");
    const values = [...group.values].sort((a, b) => a.rate - b.rate);
    draw("groups", [{
      type: "bar", orientation: "h", y: values.map((_, row) => row), x: inPercent(values.map((value) => value.rate)), marker: { color: blue() },
      error_x: { type: "data", symmetric: false, array: inPercent(values.map((value) => value.high - value.rate)), arrayminus: inPercent(values.map((value) => value.rate - value.low)), color: "#8291a1" },
      customdata: values.map((value) => [value.left, value.rows, plain(value.group)]),
      hovertemplate: "%{customdata[2]}: %{x:.1f} % (%{customdata[0]:,} of %{customdata[1]:,})<extra></extra>",
    }], { xaxis: { ...shares("share that left, with 95 % interval"), rangemode: "tozero" }, yaxis: { tickvals: values.map((_, row) => row), ticktext: values.map((value) => lines(value.group, 24)) } });
  }
  function drawMonths() {
    const full = data.times.months.filter((month) => month.is_complete);
    if (!full.length) return nothing("months", "The records hold no full month of events.");
    const x = full.map((month) => month.month);
    const seen = data.of_subscriptions ? "subscribers at the end" : "customers seen";
    // Two panels, one under the other: two scales in one picture would invite comparing what cannot be compared.
    const traces = [{ type: "scatter", mode: "lines+markers", name: seen, x, y: full.map((month) => month.active_customers), line: { color: blue() }, hovertemplate: "%{x|%B %Y}: %{y:,} customers<extra></extra>" }];
    const more = { showlegend: false, xaxis: { type: "date" }, yaxis: { ...counts(seen), rangemode: "tozero" } };
    if ("revenue" in full[0]) {
      traces.push({ type: "bar", name: "revenue", x, y: full.map((month) => month.revenue), yaxis: "y2", marker: { color: blue(), opacity: 0.6 }, hovertemplate: "%{x|%B %Y}: " + plain(before) + "%{y:,.0f}" + plain(behind) + "<extra></extra>" });
      more.yaxis.domain = [0.56, 1];
      more.yaxis2 = { ...amounts("revenue"), domain: [0, 0.44], rangemode: "tozero" };
      more.xaxis.anchor = "y2";
    }
    draw("months", traces, more);
  }
  function drawRhythm() {
    const rhythm = data.times.tables[at("table").value];
    if (!rhythm) return nothing("rhythm", "The records hold no events over time.");
    const days = Object.keys(rhythm.weekdays);
    const traces = [{ type: "bar", name: "weekday", x: days.map((day) => day.slice(0, 3)), y: Object.values(rhythm.weekdays), marker: { color: blue() }, hovertemplate: "%{x}: %{y:,}<extra></extra>" }];
    const more = { xaxis: { domain: rhythm.hours ? [0, 0.42] : [0, 1] }, yaxis: counts("events") };
    const settings = layout(more);
    if (rhythm.hours) {
      traces.push({ type: "bar", name: "hour", x: rhythm.hours.map((_, hour) => hour), y: rhythm.hours, xaxis: "x2", yaxis: "y2", marker: { color: blue() }, hovertemplate: "from %{x}:00: %{y:,}<extra></extra>" });
      settings.xaxis2 = { ...settings.xaxis, domain: [at("rhythm").clientWidth < 480 ? 0.64 : 0.54, 1], anchor: "y2", ...named("hour") };
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
      type: "scatter", mode: "lines", x: inPercent(data.gain.map((point) => point.share_contacted)), y: inPercent(data.gain.map((point) => point.share_of_leavers)), line: { color: blue(), width: 2 }, showlegend: false,
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
    if (point.revenue_at_risk !== null) results.push(["revenue at risk reached", estimate(point.revenue_at_risk)], ["gain after cost, if so much is kept", estimate(point.revenue_at_risk * effect - cost)]);
    for (const [label, value] of results) {
      const box = document.createElement("div"), number = document.createElement("b"), words = document.createElement("small");
      number.textContent = value; words.textContent = label; box.append(number, words); at("reached").append(box);
    }
  }
  // Whether the first customers by priority of this choice are on the page: those of a bar, a segment, a band, or of two together.
  const hasTheFirst = () => filters.bin === null || !filters.segment;
  function listWords(matches, shown) {
    const choice = [filters.segment, filters.band && bandWords(filters.band), filters.bin === null ? "" : "probability " + (filters.bin < 0 ? "not known" : binWords(filters.bin))].filter(Boolean).join(", ");
    const where = choice ? " (" + choice + ")" : "";
    if (filters.search) return count(matches) + " of the " + count(data.customers.length) + " customers on this page match" + where + (matches > shown ? "; the first " + count(shown) + " are shown" : "") + ". Search in all " + count(data.all_customers) + ": ";
    const all = total(fits, "customers");
    if (all <= shown) return count(all) + (all === 1 ? " customer" : " customers") + where + ". All customers: ";
    return count(all) + " customers" + where + "; " + (hasTheFirst() || matches === all ? "the first " + count(shown) + " by priority are here" : count(shown) + " of them are here") + ", all of them in ";
  }
  function list() {
    const wanted = filters.search.toLowerCase();
    const matches = data.customers.filter((customer) => fits(customer) &&
      (!wanted || [customer.customer_id, customer.action, ...customer.reasons].join(" ").toLowerCase().includes(wanted)));
    const shown = matches.slice(0, data.listed);
    at("rows").replaceChildren(...shown.map((customer) => {
      const row = document.createElement("tr");
      const texts = [customer.customer_id, customer.why || "No single reason stands out.", customer.action, customer.risk, customer.band, customer.at_risk, customer.value, customer.segment];
      texts.forEach((text, column) => {
        const head = document.querySelectorAll("#list thead th")[column];
        const cell = document.createElement("td"); cell.textContent = text; cell.className = head.className; cell.dataset.label = head.textContent;
        if (column === 1) cell.title = customer.reasons.join("\n");
        row.append(cell);
      });
      return row;
    }));
    const link = document.createElement("a"); link.href = "../bi/customers.csv"; link.textContent = "customers.csv";
    at("list-words").replaceChildren(listWords(matches.length, shown.length), link, ".");
  }
  function fill(id, values) {
    values.forEach(([value, words]) => { const option = document.createElement("option"); option.value = value; option.textContent = words; at(id).append(option); });
  }
  function goToList() { at("band").value = filters.band; at("segment").value = filters.segment; list(); at("list").scrollIntoView({ behavior: "smooth" }); }
  function drawAll() { drawRisk(); drawScatter(); drawSegments(); drawDrivers(); drawGroup(); drawMonths(); drawRhythm(); drawTrust(); }

  fill("band", data.bands.map((band) => [band, band]));
  fill("segment", [...segmentNames].sort().map((name) => [name, name]));
  fill("group", data.groups.map((group, position) => [position, group.column.replaceAll("_", " ")]));
  fill("table", Object.keys(data.times.tables).map((name) => [name, name]));
  if (data.offer.name) { at("cost").value = data.offer.cost; at("effect").value = Number((100 * data.offer.saves).toFixed(2)); at("offer-words").textContent = "Cost and effect begin with those of “" + data.offer.name + "”" + (data.offer.is_placeholder ? ", a placeholder: put in what yours costs and what you assume it keeps. What comes of it is no promise." : "; change them."); }
  drawAll(); showReach(); list();
  dark.addEventListener("change", drawAll);
  for (const id of ["share", "cost", "effect"]) at(id).addEventListener("input", showReach);
  at("search").addEventListener("input", (event) => { filters.search = event.target.value; list(); });
  at("band").addEventListener("change", (event) => { filters.band = event.target.value; list(); });
  at("segment").addEventListener("change", (event) => { filters.segment = event.target.value; list(); });
  at("group").addEventListener("change", drawGroup);
  at("table").addEventListener("change", drawRhythm);
  at("clear").addEventListener("click", () => { Object.assign(filters, { search: "", band: "", segment: "", bin: null }); at("search").value = ""; at("band").value = ""; at("segment").value = ""; list(); });
  // A click on a bar lists its customers, and only its: what was chosen before is let go.
  const choose = (choice) => { Object.assign(filters, { search: "", band: "", segment: "", bin: null }, choice); at("search").value = ""; goToList(); };
  if (at("risk").on) at("risk").on("plotly_click", (event) => { const [bin, band] = event.points[0].customdata; choose({ bin, band }); });
  for (const id of ["segments", "at-risk"]) if (at(id).on) at(id).on("plotly_click", (event) => { const [segment, band] = event.points[0].customdata; choose({ segment, band: band || "" }); });
})();
