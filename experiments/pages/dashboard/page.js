// What the page does by itself: everything else is asked of the player, who answers with new pages.
module.exports = {
  data() {
    return { asked: { scenario: "", params: {}, seed: "", developers: "" }, speed: "" };
  },
  created() {
    this.asked = { ...this.start };
    this.speed = this.offered.speeds[1];
  },
  computed: {
    why() {
      return (this.offered.scenarios.find((one) => one.name === this.asked.scenario) || { why: "" }).why;
    },
    pace() {
      if (this.status.busy) return "A world is being lived through …";
      if (!this.status.seconds) return "Nothing has been played yet.";
      return `A month of both worlds takes ${Math.round(1000 * this.status.seconds)} ms, drawing included.`;
    },
  },
  methods: {
    number(value, percent) { return Charts.number(value, percent); },
    difference(row) {
      const value = row.values[2], text = Charts.number(value, row.percent).replace("%", " points");
      return value > 0 ? `+${text}` : text;
    },
    value(one) { return one.address in this.asked.params ? this.asked.params[one.address] : one.default; },
    shown(one) { return `${Charts.number(this.value(one))} ${one.unit}`.trim(); },
    moved(one) { return one.address in this.asked.params; },
    // A slider has whole positions, so that its ends are those of the range; the default lies at the nearest one.
    placeOf(one, value) { return Math.round((this.offered.steps * (value - one.low)) / (one.high - one.low)); },
    place(one) { return this.placeOf(one, this.value(one)); },
    move(one, place) {
      const share = place / this.offered.steps, value = (1 - share) * one.low + share * one.high;
      const { [one.address]: _, ...rest } = this.asked.params;
      this.asked.params = place === this.placeOf(one, one.default) ? rest : { ...rest, [one.address]: value };
      this.send();
    },
    back(one) {
      this.move(one, this.placeOf(one, one.default));
      this.$nextTick(() => document.getElementById(one.address).focus());
    },
    send() { this.ask({ ...this.asked }); },
    draw() {
      if (!this.page || !this.page.names || !this.$refs.left) return;
      const { dates, edge, panels, month } = this.page;
      for (const panel of panels) {
        const [left, right] = panel.worlds, [low, high] = Charts.extent([...left, ...right], panel.scale === "log");
        const ghosts = panel.stacked ? [] : left.map((one) => ({ ...one, ghost: true, quiet: true }));
        const common = { ...panel, dates, edge, low, high, cursor: month };
        Charts.draw(this.$refs.left, { ...common, series: left });
        Charts.draw(this.$refs.right, { ...common, series: [...ghosts, ...right] });
      }
    },
  },
  watch: {
    page() { this.$nextTick(() => this.draw()); },
  },
  mounted() {
    this.$nextTick(() => this.draw());
    this.redraw = () => this.draw();
    window.addEventListener("resize", this.redraw);
    document.title = "weightshift";
  },
  beforeDestroy() { window.removeEventListener("resize", this.redraw); },
};
