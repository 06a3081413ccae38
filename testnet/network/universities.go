package network

// A Name is how an invented institution is called. Nobody bears these names,
// and ".example" is nobody's domain (RFC 2606).
type Name struct {
	Folder  string // in the network's folder, and in host names
	English string
	Native  string
}

// Names are the institutions, in the order in which a network has them.
var Names = []Name{
	{"hoshizora", "Hoshizora University", "星空大学"},
	{"tsukimori", "Tsukimori University", "月森大学"},
	{"kumonoue", "Kumonoue Institute of Technology", "雲の上工科大学"},
	{"mizukagami", "Mizukagami University", "水鏡大学"},
	{"ginrei", "Ginrei University of the Arts", "銀鈴芸術大学"},
	{"yukigumo", "Yukigumo University", "雪雲大学"},
	{"kazemachi", "Kazemachi College", "風待短期大学"},
	{"hotarubi", "Hotarubi University of Education", "蛍火教育大学"},
}

// String is the English name and the native one.
func (n Name) String() string { return n.English + " (" + n.Native + ")" }

// Issuer is what badges of the institution name as their issuer.
func (n Name) Issuer() string { return "https://" + n.Folder + ".example/issuer" }

// Origin names its log.
func (n Name) Origin() string { return "log." + n.Folder + ".example" }
