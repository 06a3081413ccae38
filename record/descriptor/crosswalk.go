package descriptor

import "github.com/akashi-project/akashi/record"

// A Walk shows each badge of a record in all frameworks side by side.
type Walk struct {
	Lang       Lang        `json:"lang"`
	Frameworks []About     `json:"frameworks"`
	Note       string      `json:"note"`
	Badges     []BadgeWalk `json:"badges"`
}

// A BadgeWalk is one achievement in all frameworks.
type BadgeWalk struct {
	Standard string    `json:"standard"`
	Path     string    `json:"path,omitempty"`
	Title    string    `json:"title,omitempty"`
	Issuer   string    `json:"issuer,omitempty"`
	Rows     []WalkRow `json:"descriptors"`
}

// A WalkRow is one descriptor: what the badge has of it, and what it is in
// each framework, in their order; nil where it has no counterpart.
type WalkRow struct {
	Number     int            `json:"number"`
	Key        Key            `json:"key"`
	State      State          `json:"state"`
	Value      string         `json:"value,omitempty"`
	Source     Source         `json:"source,omitempty"`
	Frameworks []*Counterpart `json:"frameworks"`
}

// A Counterpart is a framework's own name and need of a descriptor.
type Counterpart struct {
	Term string `json:"term"`
	Need Need   `json:"need"`
}

// Crosswalk shows the badges of a record in all frameworks. Its errors are
// those of Lint.
func Crosswalk(r record.Record, o Options) (Walk, error) {
	badges, err := Parse(r)
	if err != nil {
		return Walk{}, err
	}
	l := o.lang()
	out := Walk{Lang: l, Note: Say(l, "crosswalk.note", nil)}
	for _, f := range Frameworks() {
		out.Frameworks = append(out.Frameworks, About{f.ID, f.Name.In(l), f.Effective, f.Source, f.Note.In(l)})
	}
	for _, b := range badges {
		walk := BadgeWalk{Standard: b.Standard, Path: b.Path, Title: b.Name(), Issuer: b.Issuer()}
		for i, k := range Keys {
			found := b.find(k, l)
			row := WalkRow{Number: i + 1, Key: k, State: found.State, Value: found.Value}
			if len(found.Places) > 0 && found.State != Missing {
				row.Source = found.Places[0].Source
			}
			for _, f := range Frameworks() {
				var c *Counterpart
				if its, ok := f.Row(k); ok {
					c = &Counterpart{its.Term.In(l), its.Need}
				}
				row.Frameworks = append(row.Frameworks, c)
			}
			walk.Rows = append(walk.Rows, row)
		}
		out.Badges = append(out.Badges, walk)
	}
	return out, nil
}
