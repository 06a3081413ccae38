package descriptor

// A State says whether a badge has a descriptor.
type State string

// The states. A descriptor that is there but empty, or a placeholder, is
// missing.
const (
	Present State = "present"
	Weak    State = "weak" // it is there, and something is wrong with it
	Missing State = "missing"
)

// A Source says where in a badge a descriptor was found.
type Source string

// The sources, in the order in which they are looked at.
const (
	FromExtension Source = "extension"
	FromCore      Source = "core"
	FromText      Source = "text" // declared in text only
)

// A Place is one of a badge that says something of a descriptor.
type Place struct {
	Source Source `json:"source"`
	Path   string `json:"path"` // of the member, or "criteria.narrative"
}

// A Code names what is wrong with a descriptor. It is stable.
type Code string

// The codes. Those that Void are as if nothing were there.
const (
	Empty            Code = "value.empty"
	Placeholder      Code = "value.placeholder"
	Wrong            Code = "value.type"      // of another kind than the member has
	TextOnly         Code = "text.only"       // declared in text, which machines cannot compare
	PlainLearner     Code = "learner.plain"   // the identifier can be read
	UnsaltedLearner  Code = "learner.salt"    // hashed, but can be guessed
	NotInstant       Code = "date.format"     // no RFC 3339 date-time
	NoName           Code = "issuer.name"     // only an identifier
	NotURI           Code = "uri.format"      // no absolute https or http address
	NoInternal       Code = "qa.internal"     // no address of the internal quality assurance
	NoPage           Code = "qa.page"         // no hash and date of the page at that address
	PageChanged      Code = "qa.changed"      // the page is another one than the badge records
	NotCountry       Code = "country.format"  // no ISO 3166-1 alpha-2 code
	NotLanguage      Code = "language.format" // no BCP 47 tag
	NotNumber        Code = "number.format"
	NoHours          Code = "effort.hours"    // total hours are not given
	HoursOutside     Code = "effort.outside"  // credits and total hours do not fit
	ContactOutside   Code = "contact.outside" // credits and class hours do not fit
	ContactMore      Code = "contact.more"    // more class hours than hours
	UnknownScheme    Code = "credit.scheme"   // no arithmetic is known for it
	NoScheme         Code = "credit.none"     // credits of no named scheme
	NoLevelCode      Code = "level.code"      // a framework without a level of it
	UnknownKind      Code = "stack.kind"      // neither inclusion, transfer nor modular
	NoInto           Code = "stack.into"      // into what it can be stacked is not said
	RelatedNotStack  Code = "stack.related"   // "related" is for other versions and languages
	AlignmentNoName  Code = "outcome.name"    // an alignment without targetName
	UnknownExtension Code = "extension.type"  // the extension is no object
)

// Codes lists all codes.
var Codes = []Code{Empty, Placeholder, Wrong, TextOnly, PlainLearner, UnsaltedLearner, NotInstant, NoName, NotURI, NoInternal,
	NoPage, PageChanged, NotCountry, NotLanguage, NotNumber, NoHours, HoursOutside, ContactOutside, ContactMore, UnknownScheme,
	NoScheme, NoLevelCode, UnknownKind, NoInto, RelatedNotStack, AlignmentNoName, UnknownExtension}

// Void reports whether a descriptor with this problem is as good as missing.
func (c Code) Void() bool { return c == Empty || c == Placeholder || c == Wrong }

// A Problem is what is wrong with a descriptor, with the numbers.
type Problem struct {
	Code Code              `json:"code"`
	Path string            `json:"path,omitempty"`
	Args map[string]string `json:"args,omitempty"` // what the catalogue's sentence is filled with
	Text string            `json:"text"`           // the sentence, in the language of the report
}

// A Finding is what a badge says of one descriptor.
type Finding struct {
	State    State
	Places   []Place // where it was found, the first counting
	Value    string  // what stands there, in one line of at most 300 bytes; of the learner only the kind of identifier
	Problems []Problem
	Page     *Page   // of the internal quality assurance
	Effort   *Effort // of the learner's effort, and of credits

	lang Lang // of the words in Value that are akashi's own
}

// A Page is a web page as somebody retrieved it.
type Page struct {
	URI         string `json:"uri"`
	SHA256      string `json:"sha256,omitempty"`      // of the bytes, 64 lower-case hexadecimal digits
	RetrievedAt string `json:"retrievedAt,omitempty"` // RFC 3339
}

func (f *Finding) place(s Source, n node) {
	f.Places = append(f.Places, Place{s, n.path})
}

func (f *Finding) problem(c Code, n node, args ...string) {
	p := Problem{Code: c, Path: n.path}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]string{}
		}
		p.Args[args[i]] = args[i+1]
	}
	f.Problems = append(f.Problems, p)
}

// settle says of the state what places and problems make it.
func (f *Finding) settle() {
	good := 0
	void := map[string]bool{}
	for _, p := range f.Problems {
		if p.Code.Void() {
			void[p.Path] = true
		}
	}
	for _, p := range f.Places {
		if !void[p.Path] {
			good++
		}
	}
	switch {
	case good == 0:
		f.State = Missing
	case len(f.Problems) > 0:
		f.State = Weak
	default:
		f.State = Present
	}
}
