package audit

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/verify"
)

// The drawing's measures, in units of its view box: a quarter of a millimetre
// on A4.
const (
	drawWidth  = 720
	drawLeft   = 78 // of the time axis
	drawRight  = 12
	growTop    = 26 // of the curve of sizes
	growHeight = 104
	markTop    = growTop + growHeight + 14
	markHeight = 34
	actsTop    = markTop + markHeight + 12
	actsHeight = 18
	axisTop    = actsTop + actsHeight + 6
	drawHeight = axisTop + 26

	across = drawWidth - drawLeft - drawRight // units of the time axis

	barWidth    = 2                 // units of a bar that stands for many anchors
	bars        = across / barWidth // at most
	singleMarks = 240               // anchors that are drawn one by one
	maxGaps     = 24                // drawn, the longest first
	maxTicks    = 8
	between     = 17 // units that circles stand apart at least
)

// A drawing is what the page's template needs to draw the timeline of a log.
// Whatever the log, it has at most some thousand elements.
type drawing struct {
	Alt     string
	Caption []string
	Curve   string // path of the sizes, and of the area below
	Area    string
	Levels  []level
	Ticks   []mark
	Bars    []bar
	Gaps    []gapMark
	Flags   []flag
	Acts    []act
	Base    string // x of the start of a partial range
	Legend  []legend
}

type (
	level   struct{ Y, LabelY, Label string }
	mark    struct{ X, Label, Align string }
	bar     struct{ X, Y, Width, Height, Class string }
	gapMark struct{ X, Width, Middle, Label string }
	flag    struct{ X, Y, Label, Class, Anchor string }
	act     struct{ X, Kind, Label string }
	legend  struct{ Kind, Label string }
)

// A pen turns what it knows of a log into a drawing.
type pen struct {
	lang     Lang
	log      *Log
	from, to uint64 // ends of the axis, Unix seconds
	*drawing
}

// draw returns the timeline of a log up to the end of the range, or nil when
// there is nothing to draw.
func draw(l Lang, log *Log, rng Range, numbers map[uint64][]int) *drawing {
	all := log.Anchors
	if len(all) == 0 {
		return nil
	}
	p := &pen{lang: l, log: log, drawing: &drawing{}}
	p.from, p.to = all[0].Time, all[0].Time
	reach := func(t uint64) {
		if t = min(t, lastSecond); t > 0 {
			p.from, p.to = min(p.from, t), max(p.to, t)
		}
	}
	p.from, p.to = min(p.from, lastSecond), min(p.to, lastSecond)
	for _, a := range all {
		reach(a.Time)
	}
	if log.Opened != nil && !rng.Partial {
		reach(log.Opened.Block.Time)
	}
	if log.Base != nil {
		reach(log.Base.Time)
	}
	reach(rng.To.Time)
	if p.to == p.from {
		p.to++
	}
	p.Alt = l.say("timeline.alt", number(uint64(len(all))), l.moment(all[0].Time), l.moment(all[len(all)-1].Time))
	p.curve()
	p.axis()
	p.marks()
	p.gaps()
	p.flags(numbers)
	p.acts()
	if log.Base != nil {
		p.Base = decimal(p.x(log.Base.Time))
		p.note("base", "legend.base")
	}
	p.Caption = append(p.Caption, l.say("timeline.utc"))
	if len(p.Flags) > 0 {
		p.Caption = append(p.Caption, l.say("timeline.numbers"))
	}
	return p.drawing
}

func (p *pen) note(kind, name string) {
	p.Legend = append(p.Legend, legend{kind, p.lang.say(name)})
}

// x is where a time stands.
func (p *pen) x(unix uint64) float64 {
	unix = min(max(unix, p.from), p.to)
	return drawLeft + across*(float64(unix-p.from)/float64(p.to-p.from))
}

// curve draws the size that was anchored as it grew.
func (p *pen) curve() {
	const bottom = growTop + growHeight
	largest := uint64(1)
	for _, a := range p.log.Anchors {
		largest = max(largest, min(a.Size, 1<<60))
	}
	top, step := scale(largest)
	y := func(size uint64) float64 {
		return bottom - growHeight*(float64(min(size, top))/float64(top))
	}
	for v := uint64(0); v <= top; v += step {
		p.Levels = append(p.Levels, level{decimal(y(v)), decimal(y(v) + 3), number(v)})
	}
	var line strings.Builder
	size, begin := uint64(0), p.x(p.from)
	if p.log.Base != nil {
		size = p.log.Base.Size
	}
	fmt.Fprintf(&line, "M%s %s", decimal(begin), decimal(y(size)))
	// One step for each half unit is as fine as paper shows.
	for i := 0; i < len(p.log.Anchors); {
		at := math.Round(p.x(p.log.Anchors[i].Time) * 2)
		for ; i < len(p.log.Anchors) && math.Round(p.x(p.log.Anchors[i].Time)*2) <= at; i++ {
			size = p.log.Anchors[i].Size
		}
		fmt.Fprintf(&line, "H%sV%s", decimal(at/2), decimal(y(size)))
	}
	end := decimal(drawLeft + across)
	fmt.Fprintf(&line, "H%s", end)
	p.Curve = line.String()
	p.Area = fmt.Sprintf("%sV%dH%sZ", p.Curve, bottom, decimal(begin))
}

func (p *pen) axis() {
	for _, t := range p.lang.ticks(int64(p.from), int64(p.to), maxTicks) {
		x := p.x(uint64(t.unix))
		align := "middle"
		if x > drawWidth-drawRight-24 {
			align = "end"
		} else if x < drawLeft+24 {
			align = "start"
		}
		p.Ticks = append(p.Ticks, mark{decimal(x), t.label, align})
	}
}

// classOf names how an anchor of that result is drawn.
func classOf(r verify.Result) string {
	switch r {
	case verify.Fail:
		return "fail"
	case verify.Warn:
		return "warn"
	case verify.Pass:
		return "pass"
	}
	return "unknown"
}

// marks draws each anchor as a line, or many of them as bars.
func (p *pen) marks() {
	all := p.log.Anchors
	seen := map[string]bool{}
	for _, a := range all {
		seen[classOf(a.Result)] = true
	}
	// Anchors that did not pass are drawn wider, as high as can be, and last.
	var bad []bar
	stand := func(x float64, r verify.Result) {
		bad = append(bad, bar{decimal(x - 1.2), decimal(markTop), "2.4", decimal(markHeight), classOf(r)})
	}
	if len(all) <= singleMarks {
		for _, a := range all {
			if x := p.x(a.Time); a.Result == verify.Pass {
				p.Bars = append(p.Bars, bar{decimal(x - 0.5), decimal(markTop), "1", decimal(markHeight), "pass"})
			} else {
				stand(x, a.Result)
			}
		}
		p.Caption = append(p.Caption, p.lang.say("timeline.single"))
	} else {
		counts, worst, tallest := make([]int, bars), make([]verify.Result, bars), 0
		for i := range worst {
			worst[i] = verify.Pass
		}
		for _, a := range all {
			i := min(int((p.x(a.Time)-drawLeft)/barWidth), bars-1)
			counts[i]++
			tallest = max(tallest, counts[i])
			if worse(a.Result, worst[i]) {
				worst[i] = a.Result
			}
		}
		for i, n := range counts {
			if n == 0 {
				continue
			}
			// By the square root, so that one anchor beside a thousand is seen.
			h := max(markHeight*math.Sqrt(float64(n)/float64(tallest)), 3)
			p.Bars = append(p.Bars, bar{decimal(drawLeft + float64(i)*barWidth), decimal(markTop + markHeight - h), decimal(barWidth - 0.4), decimal(h), "pass"})
			if worst[i] != verify.Pass {
				stand(drawLeft+(float64(i)+0.5)*barWidth, worst[i])
			}
		}
		each := max((p.to-p.from)/bars, 1)
		p.Caption = append(p.Caption, p.lang.say("timeline.bars", p.lang.span(each), number(uint64(tallest))))
	}
	p.Bars = append(p.Bars, bad...)
	for _, kind := range []struct{ class, name string }{{"pass", "legend.anchor"}, {"warn", "legend.warn"}, {"unknown", "legend.unknown"}, {"fail", "legend.fail"}} {
		if seen[kind.class] {
			p.note(kind.class, kind.name)
		}
	}
}

// gaps hatches the times without an anchor that a finding names, and the
// longest.
func (p *pen) gaps() {
	type gap struct{ from, to uint64 }
	var all []gap
	if g := p.log.LongestGap; g.Seconds > 0 {
		all = append(all, gap{g.From, g.To})
	}
	for i, a := range p.log.Anchors {
		before := p.log.Base
		if i > 0 {
			before = &p.log.Anchors[i-1]
		}
		if before != nil && before.Time < a.Time && slices.Contains(a.Codes, AnchorGap) {
			all = append(all, gap{before.Time, a.Time})
		}
	}
	slices.SortStableFunc(all, func(a, b gap) int { return int(min(b.to-b.from, 1<<40)) - int(min(a.to-a.from, 1<<40)) })
	all = slices.Compact(all)
	for _, g := range all[:min(len(all), maxGaps)] {
		x, width := p.x(g.from), p.x(g.to)-p.x(g.from)
		if width < 1.5 {
			continue // nothing that one could see
		}
		m := gapMark{X: decimal(x), Width: decimal(width), Middle: decimal(x + width/2)}
		if label := p.lang.span(g.to - g.from); width > 6*float64(len([]rune(label))) {
			m.Label = label
		}
		p.Gaps = append(p.Gaps, m)
	}
	if len(p.Gaps) > 0 {
		p.note("gap", "legend.gap")
	}
}

// flags puts the numbers of findings above the anchors that they name. numbers
// are by size of the anchor.
func (p *pen) flags(numbers map[uint64][]int) {
	type cluster struct {
		from, to float64
		worst    verify.Result
		numbers  []int
	}
	var all []cluster
	for _, a := range p.log.Anchors {
		of := numbers[a.Size]
		if len(of) == 0 {
			continue
		}
		x := p.x(a.Time)
		if n := len(all); n > 0 && x-all[n-1].from < between {
			c := &all[n-1]
			c.to, c.numbers = x, append(c.numbers, of...)
			if worse(a.Result, c.worst) {
				c.worst = a.Result
			}
			continue
		}
		all = append(all, cluster{x, x, a.Result, slices.Clone(of)})
	}
	for _, c := range all {
		slices.Sort(c.numbers)
		c.numbers = slices.Compact(c.numbers)
		label := fmt.Sprint(c.numbers[0])
		if n := len(c.numbers); n > 1 {
			label += "+"
		}
		p.Flags = append(p.Flags, flag{X: decimal((c.from + c.to) / 2), Y: decimal(growTop - 10), Label: label, Class: classOf(c.worst)})
	}
}

// acts draws what the owner did.
func (p *pen) acts() {
	type event struct {
		time uint64
		kind string
	}
	var all []event
	add := func(kind string, at *Event) {
		if at != nil && at.Block.Time >= p.from {
			all = append(all, event{at.Block.Time, kind})
		}
	}
	add("opened", p.log.Opened)
	for _, e := range after(p.log.Keys) {
		add("keys", &e.At)
	}
	for _, e := range after(p.log.Operators) {
		add("operator", &e.At)
	}
	for _, e := range after(p.log.Owners) {
		add("owner", &e.At)
	}
	if p.log.Closed != nil {
		add("closed", &p.log.Closed.At)
	}
	slices.SortStableFunc(all, func(a, b event) int { return int(int64(min(a.time, lastSecond)) - int64(min(b.time, lastSecond))) })
	shown := map[string]bool{}
	last, many := math.Inf(-1), 0
	for _, e := range all {
		shown[e.kind] = true
		x := p.x(e.time)
		if x-last < 12 {
			// Too close to be told apart: one mark stands for them, that of
			// the opening or closing if it is among them.
			a := &p.Acts[len(p.Acts)-1]
			many++
			a.Label = fmt.Sprintf("×%d", many)
			if e.kind == "closed" || a.Kind != "opened" {
				a.Kind = e.kind
			}
			continue
		}
		p.Acts = append(p.Acts, act{X: decimal(x), Kind: e.kind})
		last, many = x, 1
	}
	for _, kind := range []string{"opened", "keys", "operator", "owner", "closed"} {
		if shown[kind] {
			p.note(kind, "legend."+kind)
		}
	}
}

// after leaves out the first: that of the opening.
func after[T any](all []T) []T {
	if len(all) == 0 {
		return nil
	}
	return all[1:]
}
