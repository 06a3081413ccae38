// Package issue makes badges: from a template and a table of learners, one
// credential for each row, ready to be signed.
//
// A template is the credential itself, as it will be, without what differs by
// learner: where the table comes in stands {{column}}. So whatever Open Badges
// 3.0 or 2.0 can say, a template can say, the descriptors of a framework
// among it, and nothing is lost on the way through a form of our own.
//
//	{
//	  "v": 1,
//	  "format": "ob3",
//	  "ids": "https://hoshizora.example/credentials/",
//	  "learner": { "identifier": "{{student number}}", "type": "studentId" },
//	  "badge": {
//	    "@context": ["https://www.w3.org/ns/credentials/v2", "…"],
//	    "type": ["VerifiableCredential", "OpenBadgeCredential"],
//	    "issuer": { "id": "https://hoshizora.example/issuer", … },
//	    "validFrom": "{{awarded}}",
//	    "credentialSubject": { "type": ["AchievementSubject"], "achievement": { … } }
//	  }
//	}
//
// What the package adds to a badge is its id, and the learner as a salted hash
// (OB3 IdentityObject, OB2 IdentityObject): a badge that is shown to anybody
// does not give the student number away, and two badges of one learner cannot
// be joined by it.
//
// Everything that is random in a badge, its id and its salt, is drawn from one
// secret of the run by HMAC-SHA-256. So a run that was interrupted and begun
// again makes the same bytes, and nobody without the secret can foresee them.
package issue
