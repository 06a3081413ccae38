package audit

import (
	"strconv"
	"time"
)

// A tick is one labelled place of a time axis.
type tick struct {
	unix  int64
	label string
}

// A pace is the distance of ticks: a number of seconds, or of months.
type pace struct {
	seconds int64
	months  int
}

var paces = func() (all []pace) {
	for _, s := range []int64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 2 * 86400, 5 * 86400, 10 * 86400} {
		all = append(all, pace{seconds: s})
	}
	for _, m := range []int{1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12000, 60000} {
		all = append(all, pace{months: m})
	}
	return all
}()

// next returns the first tick after t.
func (p pace) next(t time.Time) time.Time {
	if p.months > 0 {
		m := (t.Year()*12+int(t.Month())-1)/p.months*p.months + p.months
		return time.Date(m/12, time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Unix((t.Unix()/p.seconds+1)*p.seconds, 0).UTC()
}

// ticks divides the time from … to, both within what time.beyond leaves, by at
// most most ticks.
func (l Lang) ticks(from, to int64, most int) []tick {
	for _, p := range paces {
		var all []tick
		for t := p.next(time.Unix(from-1, 0).UTC()); t.Unix() <= to && len(all) <= most; t = p.next(t) {
			all = append(all, tick{t.Unix(), l.tickLabel(p, t)})
		}
		if len(all) <= most {
			return all
		}
	}
	return nil
}

func (l Lang) tickLabel(p pace, t time.Time) string {
	switch {
	case p.months >= 12:
		return t.Format(phrase{"2006", "2006年"}.in(l))
	case p.months > 0:
		return t.Format(phrase{"Jan 2006", "2006年1月"}.in(l))
	case p.seconds >= 86400, p.seconds >= 3600 && t.Hour() == 0:
		return t.Format(phrase{"2 Jan", "1月2日"}.in(l))
	case p.seconds >= 60:
		return t.Format("15:04")
	}
	return t.Format("15:04:05")
}

// scale returns a round number that is at least n, and a step that divides it
// into two to five parts.
func scale(n uint64) (top, step uint64) {
	for unit := uint64(1); ; unit *= 10 {
		for _, m := range []uint64{1, 2, 5} {
			step = unit * m
			if parts := (n + step - 1) / step; parts <= 4 {
				return max(parts, 1) * step, step
			}
		}
	}
}

// decimal writes a coordinate with at most one digit behind the point.
func decimal(x float64) string {
	return strconv.FormatFloat(float64(int64(x*10+0.5))/10, 'f', -1, 64)
}
