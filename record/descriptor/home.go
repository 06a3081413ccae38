package descriptor

import "strings"

// homes are where an issuer writes each descriptor: the member of the standard
// where it has one, else that of the extension.
var homes = map[Key]struct{ ob3, ob2 string }{
	Learner:           {"credentialSubject.identifier[0]", "recipient"},
	DateOfIssuing:     {"awardedDate", "issuedOn"},
	Title:             {"credentialSubject.achievement.name", "badge.name"},
	AwardingBody:      {"issuer.name", "badge.issuer.name"},
	Content:           {"credentialSubject.achievement.description", "badge.description"},
	LearningOutcomes:  {inExtension + "learningOutcome", inExtension + "learningOutcome"},
	ParticipationForm: {inExtension + "participationForm", inExtension + "participationForm"},
	LearnerEffort:     {inExtension + "workload.totalHours", inExtension + "workload.totalHours"},
	Assessment:        {inExtension + "assessmentType", inExtension + "assessmentType"},
	QualityAssurance:  {inExtension + "qualityAssurance.internal.uri", inExtension + "qualityAssurance.internal.uri"},
	Recognition:       {inExtension + "recognition", inExtension + "recognition"},
	Country:           {"issuer.address.addressCountryCode", inExtension + "country"},
	Language:          {"credentialSubject.achievement.inLanguage", inExtension + "language"},
	Level:             {inExtension + "level", inExtension + "level"},
	Certification:     {"credentialSubject.achievement.achievementType", inExtension + "certification"},
	Prerequisites:     {inExtension + "prerequisites", inExtension + "prerequisites"},
	Stackability:      {inExtension + "stackability.kind", inExtension + "stackability.kind"},
}

// inExtension stands for the extension in homes.
const inExtension = "+"

// home is the path, from the credential or assertion, at which the badge would
// have a descriptor.
func (b Badge) home(k Key) string {
	path, extension := homes[k].ob3, "credentialSubject.achievement.microCredential."
	if b.Standard == "ob2" {
		path, extension = homes[k].ob2, "badge.extensions:microCredential."
	}
	if member, ok := strings.CutPrefix(path, inExtension); ok {
		return extension + member
	}
	return path
}
