package descriptor

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A Key names a descriptor in data and reports.
type Key string

// The descriptors, in the order of the Japanese framework 1.0.
const (
	Learner           Key = "learner"
	DateOfIssuing     Key = "dateOfIssuing"
	Title             Key = "title"
	AwardingBody      Key = "awardingBody"
	Content           Key = "content"
	LearningOutcomes  Key = "learningOutcomes"
	ParticipationForm Key = "participationForm"
	LearnerEffort     Key = "learnerEffort"
	Assessment        Key = "assessment"
	QualityAssurance  Key = "qualityAssurance"
	Recognition       Key = "recognition"
	Country           Key = "country"
	Language          Key = "language"
	Level             Key = "level"
	Certification     Key = "certification"
	Prerequisites     Key = "prerequisites"
	Stackability      Key = "stackability"
)

// Keys lists all descriptors; the number of one is its place here, from 1.
var Keys = []Key{Learner, DateOfIssuing, Title, AwardingBody, Content, LearningOutcomes, ParticipationForm,
	LearnerEffort, Assessment, QualityAssurance, Recognition, Country, Language, Level, Certification, Prerequisites, Stackability}

// A Need says whether a framework asks for a descriptor.
type Need string

// The needs. Unspecified: the framework has the descriptor, and whether it is
// mandatory there is not known.
const (
	Mandatory   Need = "mandatory"
	Optional    Need = "optional"
	Unspecified Need = "unspecified"
)

// A Text is one sentence or term in each language.
type Text struct {
	English  string `json:"en"`
	Japanese string `json:"ja"`
}

// In returns the text in a language.
func (t Text) In(l Lang) string {
	if l == Ja {
		return t.Japanese
	}
	return t.English
}

// A Framework is one way to describe a micro-credential.
type Framework struct {
	ID          string `json:"id"`
	Name        Text   `json:"name"`
	Effective   string `json:"effective"` // year, or year and month, from which it holds; empty when not known
	Source      string `json:"source"`
	Note        Text   `json:"note"` // what a reader must know of this table
	Descriptors []Row  `json:"descriptors"`
}

// A Row is a descriptor as a framework has it.
type Row struct {
	Key  Key  `json:"key"`
	Need Need `json:"need"`
	Term Text `json:"term"` // its name there
}

// Row returns the framework's row of a descriptor; false when it has none.
func (f Framework) Row(k Key) (Row, bool) {
	i := slices.IndexFunc(f.Descriptors, func(r Row) bool { return r.Key == k })
	if i < 0 {
		return Row{}, false
	}
	return f.Descriptors[i], true
}

//go:embed frameworks/*.json labels.json catalogue.json
var data embed.FS

// frameworkIDs are the frameworks in the order of cross-walks.
var frameworkIDs = []string{"jp-1.0", "eu-2022", "au-2022", "my"}

// Frameworks returns all frameworks.
var Frameworks = sync.OnceValue(func() []Framework {
	all := make([]Framework, len(frameworkIDs))
	for i, id := range frameworkIDs {
		decode("frameworks/"+id+".json", &all[i])
	}
	return all
})

// FrameworkByID finds a framework. Its error lists those that there are.
func FrameworkByID(id string) (Framework, error) {
	i := slices.Index(frameworkIDs, id)
	if i < 0 {
		return Framework{}, fmt.Errorf("there is no framework %q; there are %s", clip(id), strings.Join(frameworkIDs, ", "))
	}
	return Frameworks()[i], nil
}

// decode reads a data file of the package, which tests hold to its form.
func decode(name string, into any) {
	b, err := data.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		panic(fmt.Sprintf("descriptor: %s: %v", name, err))
	}
}
