package audit

import "github.com/akashi-project/akashi/verify"

// What the template asks of a sheet.

// A part is one piece of a sheet, with the sheet itself.
type part struct {
	*sheet
	It any
}

// Of gives a piece to a template that needs the sheet as well.
func (s *sheet) Of(it any) part { return part{s, it} }

// T is say.
func (s *sheet) T(name string, a ...any) string { return s.say(name, a...) }

// Class names how a verdict is drawn.
func (s *sheet) Class(v verify.Verdict) string {
	switch v {
	case verify.Verified:
		return "pass"
	case verify.Refuted:
		return "fail"
	}
	return "unknown"
}

// Dot gives the class and the name of a verdict.
func (s *sheet) Dot(v verify.Verdict) [2]string {
	return [2]string{s.Class(v), s.Lang.Verdict(v)}
}

// Glossary gives the words that a page explains.
func (s *sheet) Glossary() (all [][2]string) {
	for _, word := range []string{"log", "entry", "root", "head", "anch", "oper", "owner"} {
		all = append(all, [2]string{s.say("glossary." + word), s.say("glossary." + word + ".is")})
	}
	return all
}

// measures are the fixed places of a drawing.
type measures struct {
	Width, Height, Left, Right, Before int
	GrowTop, GrowLabel                 int
	GapHeight, GapLabel                int
	MarkBottom, MarkLabel              int
	ActY, ActLabel                     int
	AxisTop, TickEnd, TickLabel        int
}

// Measures gives them.
func (s *sheet) Measures() measures {
	return measures{
		Width: drawWidth, Height: drawHeight, Left: drawLeft, Right: drawWidth - drawRight, Before: drawLeft - 6,
		GrowTop: growTop, GrowLabel: 10,
		GapHeight: markTop + markHeight - growTop, GapLabel: growTop + 11,
		MarkBottom: markTop + markHeight, MarkLabel: markTop + markHeight/2 + 3,
		ActY: actsTop + actsHeight/2, ActLabel: actsTop + actsHeight/2 + 3,
		AxisTop: axisTop, TickEnd: axisTop + 4, TickLabel: axisTop + 16,
	}
}
