package descriptor

import (
	"strings"
)

// finders say where each descriptor is looked for, the text apart.
var finders = map[Key]func(b Badge, f *Finding){
	Learner:       findLearner,
	DateOfIssuing: findDate,
	Title:         func(b Badge, f *Finding) { f.prose(FromCore, b.achievement.at("name")) },
	AwardingBody:  findAwardingBody,
	Content:       func(b Badge, f *Finding) { f.prose(FromCore, b.achievement.at("description")) },
	LearningOutcomes: func(b Badge, f *Finding) {
		f.texts(FromExtension, b.extension.at("learningOutcome"))
		findAlignments(b, f)
	},
	ParticipationForm: func(b Badge, f *Finding) { f.texts(FromExtension, b.extension.at("participationForm")) },
	LearnerEffort:     findEffort,
	Assessment: func(b Badge, f *Finding) {
		f.texts(FromExtension, b.extension.at("assessmentType"))
		f.texts(FromCore, b.achievement.at("resultDescription"))
	},
	QualityAssurance: findQuality,
	Recognition:      findRecognition,
	Country:          findCountry,
	Language:         findLanguage,
	Level:            findLevel,
	Certification: func(b Badge, f *Finding) {
		f.prose(FromExtension, b.extension.at("certification"))
		f.prose(FromCore, b.achievement.at("achievementType"))
	},
	Prerequisites: findPrerequisites,
	Stackability:  findStackability,
}

// find looks for a descriptor in the extension, in the core, and when it is in
// neither, in the text.
func (b Badge) find(k Key, l Lang) Finding {
	f := Finding{lang: l}
	finders[k](b, &f)
	if _, ok := b.extension.value.(map[string]any); !ok && b.extension.there() && !coreOnly[k] {
		f.problem(UnknownExtension, b.extension)
	}
	f.settle()
	if f.State != Missing {
		return f
	}
	p, ok := b.narrative[k]
	if !ok || p.text == "" {
		return f
	}
	at := node{path: "criteria.narrative"}
	text := Finding{Places: append([]Place{{FromText, at.path}}, f.Places...), Problems: f.Problems, lang: l}
	if isPlaceholder(p.text) && !(k == Prerequisites && isNothing(p.text)) {
		text.problem(Placeholder, at)
	} else {
		text.say(p.text)
		text.problem(TextOnly, at)
		text.Effort = effortInText(k, p.text)
		if text.Effort != nil {
			text.Effort.check(&text, at)
		}
	}
	text.settle()
	return text
}

// coreOnly are the descriptors that the extension cannot hold.
var coreOnly = map[Key]bool{Learner: true, DateOfIssuing: true, Title: true, AwardingBody: true, Content: true}

func isNothing(s string) bool {
	s = strings.ToLower(strings.Trim(s, " 　.。"))
	for _, n := range nothingNeeded {
		if s == n {
			return true
		}
	}
	return false
}

// findLearner says which kind of identifier a badge has, and never which one.
func findLearner(b Badge, f *Finding) {
	if b.Standard == "ob2" {
		identity(b.assertion.at("recipient"), "identity", f)
		return
	}
	if id := b.subject.at("id"); id.there() {
		f.place(FromCore, id)
		text, _ := id.value.(string)
		scheme, rest, ok := strings.Cut(text, ":")
		switch {
		case text == "":
			f.problem(Empty, id)
		case !ok || strings.EqualFold(scheme, "mailto") || strings.Contains(rest, "@"):
			f.problem(PlainLearner, id)
			f.word("word.plain")
		default:
			f.say(clip(strings.ToLower(scheme)) + ":…")
		}
	}
	for _, i := range b.subject.at("identifier").items() {
		identity(i, "identityHash", f)
	}
}

// identity reads an IdentityObject (Open Badges 2.0 and 3.0).
func identity(n node, member string, f *Finding) {
	if !n.there() {
		return
	}
	f.place(FromCore, n)
	value := n.at(member).text()
	hashed, _ := n.at("hashed").value.(bool)
	switch {
	case value == "":
		f.problem(Empty, n)
	case !hashed && !strings.Contains(value, "$"):
		f.problem(PlainLearner, n)
		f.word("word.plain")
	case n.at("salt").text() == "":
		f.problem(UnsaltedLearner, n)
		f.word("word.hashed")
	default:
		f.word("word.salted")
	}
}

func findDate(b Badge, f *Finding) {
	for _, name := range []string{"issuedOn", "awardedDate", "validFrom", "issuanceDate"} {
		if b.Standard == "ob2" == (name == "issuedOn") && len(f.Places) == 0 {
			f.instant(b.assertion.at(name))
		}
	}
}

func findAwardingBody(b Badge, f *Finding) {
	if !b.issuer.there() {
		return
	}
	f.place(FromCore, b.issuer)
	name, id := b.issuer.at("name"), b.IssuerID()
	switch {
	case name.text() != "" && isPlaceholder(name.text()):
		f.problem(Placeholder, b.issuer)
	case name.text() != "":
		f.say(name.text())
	case id != "":
		f.problem(NoName, b.issuer)
		f.say(id)
	default:
		f.problem(Empty, b.issuer)
	}
}

// levelFrameworks are words in the name of a framework by which its codes are
// levels and no skills.
var levelFrameworks = []string{"eqf", "qualifications framework", "qualification framework", "nqf", "aqf", "mqf", "qf-ehea", "level", "レベル", "資格枠組"}

// isLevel reports whether an alignment names a level of a framework.
func isLevel(alignment node) bool {
	name := strings.ToLower(alignment.at("targetFramework").text())
	if name == "" {
		return false
	}
	for _, w := range levelFrameworks {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// alignments are those of Open Badges 3.0 ("alignment") and 2.0 (both).
func (b Badge) alignments() []node {
	return append(b.achievement.at("alignment").items(), b.achievement.at("alignments").items()...)
}

func findAlignments(b Badge, f *Finding) {
	for _, a := range b.alignments() {
		if isLevel(a) {
			continue
		}
		f.place(FromCore, a)
		if name := a.at("targetName").text(); name == "" || isPlaceholder(name) {
			f.problem(AlignmentNoName, a)
		} else {
			f.say(name)
		}
	}
}

// number takes a member that is hours or credits.
func (f *Finding) number(n node) string {
	if !n.there() {
		return ""
	}
	text := n.number()
	if _, ok := hoursOf(text); !ok {
		f.problem(NotNumber, n)
		return ""
	}
	return text
}

// effort reads workload and credits.
func (b Badge) effort(f *Finding) *Effort {
	w := b.extension.at("workload")
	e := &Effort{Scheme: w.at("creditScheme").text()}
	e.Hours, _ = hoursOf(f.number(w.at("totalHours")))
	e.Contact, _ = hoursOf(f.number(w.at("contactHours")))
	if c := w.at("credits"); c.there() {
		e.Credits, _ = ParseNumber(f.number(c))
	} else {
		e.Credits, _ = ParseNumber(f.number(b.achievement.at("creditsAvailable")))
	}
	return e
}

func findEffort(b Badge, f *Finding) {
	w := b.extension.at("workload")
	if !w.there() {
		return
	}
	f.place(FromExtension, w)
	if _, ok := w.value.(map[string]any); !ok {
		f.problem(Wrong, w)
		return
	}
	e := b.effort(f)
	f.Effort = e
	if e.Hours == nil {
		if e.Contact == nil {
			f.problem(Empty, w)
		} else {
			f.problem(NoHours, w)
		}
	} else {
		f.word("word.hours", "hours", Decimal(e.Hours))
	}
	if e.Contact != nil {
		f.word("word.contact", "hours", Decimal(e.Contact))
	}
	e.check(f, w)
}

// effortInText reads numbers out of a passage.
func effortInText(k Key, text string) *Effort {
	if k != LearnerEffort && k != Recognition {
		return nil
	}
	e := &Effort{}
	if m := creditsInText.FindStringSubmatch(text); m != nil {
		e.Credits, _ = ParseNumber(m[1])
		for _, s := range Schemes {
			if strings.Contains(strings.ToUpper(text), s.Name) {
				e.Scheme = s.Name
			}
		}
		if e.Scheme == "" {
			e.Credits = nil // whose credits they are is not said
		}
	}
	if k == LearnerEffort {
		e.Hours, _ = hoursOf(text)
	}
	return e
}

func findQuality(b Badge, f *Finding) {
	q := b.extension.at("qualityAssurance")
	if q.there() {
		f.place(FromExtension, q)
		if s := q.text(); s != "" && isPlaceholder(s) {
			f.problem(Placeholder, q)
		} else if s != "" {
			f.say(s)
			if isWeb(s) {
				f.Page = &Page{URI: s}
			}
		}
		if in := q.at("internal"); in.there() {
			f.page(in)
		}
		for _, ex := range q.at("external").items() {
			switch name, uri := ex.words(), ex.at("uri"); {
			case uri.there() && !isWeb(uri.text()):
				f.problem(NotURI, uri)
			case name != "":
				f.say(name)
			case uri.text() != "":
				f.say(uri.text())
			default:
				f.problem(Empty, ex)
			}
		}
		if f.Value == "" && f.Page == nil {
			f.problem(Empty, q)
		}
	}
	for _, holder := range []node{b.achievement, b.assertion, b.issuer} {
		for _, name := range []string{"endorsement", "endorsementJwt"} {
			for _, e := range holder.at(name).items() {
				f.place(FromCore, e)
				if len(f.Places) > 20 {
					return
				}
				if text := e.at("name").text(); text != "" {
					f.say(text)
				} else {
					f.word("word.endorsement")
				}
			}
		}
	}
	if len(f.Places) > 0 && f.Page == nil {
		f.problem(NoInternal, node{path: f.Places[0].Path})
	}
}

// page takes the address of the internal quality assurance, and hash and date
// of the page there.
func (f *Finding) page(n node) {
	uri := n.at("uri")
	if s := n.text(); s != "" {
		uri = n
	}
	if !isWeb(uri.text()) {
		f.problem(NotURI, uri)
		return
	}
	f.say(uri.text())
	f.Page = &Page{URI: uri.text(), SHA256: n.at("sha256").text(), RetrievedAt: n.at("retrievedAt").text()}
	if !isHex64(f.Page.SHA256) {
		f.Page.SHA256 = ""
	}
	if f.Page.SHA256 == "" || f.Page.RetrievedAt == "" {
		f.problem(NoPage, n)
	}
}

func findRecognition(b Badge, f *Finding) {
	f.prose(FromExtension, b.extension.at("recognition"))
	credits := b.achievement.at("creditsAvailable")
	if c := b.extension.at("workload").at("credits"); c.there() {
		f.place(FromExtension, c)
		credits = c
	} else if credits.there() {
		f.place(FromCore, credits)
	} else {
		return
	}
	n, ok := ParseNumber(credits.number())
	if !ok {
		f.problem(Wrong, credits)
		return
	}
	scheme := b.extension.at("workload").at("creditScheme").text()
	f.Effort = &Effort{Credits: n, Scheme: scheme}
	if scheme == "" {
		f.problem(NoScheme, credits, "credits", Decimal(n))
	}
	f.say(strings.TrimSpace(Decimal(n) + " " + scheme))
}

func findCountry(b Badge, f *Finding) {
	n, s := b.extension.at("country"), FromExtension
	if !n.there() {
		n, s = b.issuer.at("address").at("addressCountryCode"), FromCore
	}
	f.prose(s, n)
	if n.text() != "" && !isCountry(n.text()) && !isPlaceholder(n.text()) {
		f.problem(NotCountry, n)
	}
}

func findLanguage(b Badge, f *Finding) {
	n, s := b.extension.at("language"), FromExtension
	if !n.there() {
		n, s = b.achievement.at("inLanguage"), FromCore
	}
	f.texts(s, n)
	for _, i := range n.items() {
		if text := i.text(); text != "" && !isLanguage(text) && !isPlaceholder(text) {
			f.problem(NotLanguage, i)
		}
	}
}

func findLevel(b Badge, f *Finding) {
	if l := b.extension.at("level"); l.there() {
		f.place(FromExtension, l)
		name, code := l.at("framework").text(), l.at("level").number()
		switch {
		case l.text() != "":
			name = l.text()
			code = name
		case name == "" && code == "":
			f.problem(Empty, l)
		case code == "":
			f.problem(NoLevelCode, l)
		default:
			name += " " + code
		}
		f.say(strings.TrimSpace(name))
	}
	for _, a := range b.alignments() {
		if !isLevel(a) {
			continue
		}
		f.place(FromCore, a)
		code := a.at("targetCode").number()
		if code == "" {
			f.problem(NoLevelCode, a)
		}
		f.say(strings.TrimSpace(a.at("targetFramework").text() + " " + code))
	}
}

func findPrerequisites(b Badge, f *Finding) {
	n := b.extension.at("prerequisites")
	if list, ok := n.value.([]any); ok && len(list) == 0 || isNothing(n.text()) {
		f.place(FromExtension, n)
		f.word("word.none")
		return
	}
	f.texts(FromExtension, n)
}

// The kinds of stacking.
var stackKinds = []string{"inclusion", "transfer", "modular"}

func findStackability(b Badge, f *Finding) {
	n := b.extension.at("stackability")
	if !n.there() {
		for _, name := range []string{"related", "relatedAchievement"} {
			if r := b.achievement.at(name); r.there() {
				f.problem(RelatedNotStack, r)
			}
		}
		return
	}
	f.place(FromExtension, n)
	if _, ok := n.value.(map[string]any); !ok {
		f.problem(Wrong, n)
		return
	}
	kind := n.at("kind").text()
	known := false
	for _, k := range stackKinds {
		known = known || k == kind
	}
	if !known {
		f.problem(UnknownKind, n.at("kind"))
	}
	into := 0
	for _, i := range n.at("into").items() {
		if i.words() != "" {
			into++
		}
	}
	if into == 0 {
		f.problem(NoInto, n)
	}
	f.say(kind)
	for _, i := range n.at("into").items() {
		if text := i.words(); text != "" {
			f.say(text)
		}
	}
}
