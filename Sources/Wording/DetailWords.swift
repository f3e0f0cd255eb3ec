/// What stands in brackets behind a finding's or a loss's sentence.
///
/// The libraries note it in English, once, for the index, for JSON and for experts; on the screen it must not break into a sentence
/// of another language. This is the only place where it is translated.
extension Language {
    public func detail(_ text: String) -> String {
        guard self == .fr else { return text }
        let (before, phrase, behind) = Self.withoutReference(text)
        return before + (Self.details.french(phrase) ?? phrase) + behind
    }

    /// A clause of a standard reads the same everywhere: `RFC 9559 §5.1: …`, `…, ISO/IEC 14496-12 §4.2`, `… (ISO/IEC 10918-1 §B.2.1)`.
    static func withoutReference(_ text: String) -> (before: String, phrase: String, behind: String) {
        if text.hasPrefix("RFC ") || text.hasPrefix("ISO/IEC ") {
            guard let colon = text.firstRange(of: ": ") else { return (text, "", "") }
            return (String(text[..<colon.lowerBound]) + " : ", String(text[colon.upperBound...]), "")
        }
        for mark in [", ISO/IEC ", " (ISO/IEC "] {
            if let place = text.firstRange(of: mark) { return ("", String(text[..<place.lowerBound]), String(text[place.lowerBound...])) }
        }
        return ("", text, "")
    }

    /// What another program says, in English, whoever listens.
    func quoted(_ words: String) -> String { pick(words, "« \(words) »") }

    static let details = Phrasebook([
        // Sizes, places and counts.
        ("# bytes", "# octets"), ("# zero bytes", "# octets nuls"), ("byte #", "octet #"), ("#", "#"), ("# -> #", "# -> #"),
        ("# > #", "# > #"),
        ("# x # bytes", "# × # octets"), ("# page of # bytes", "# page de # octets"), ("# pages of # bytes", "# pages de # octets"),
        ("byte #, error #", "octet #, erreur #"), ("# frames, # bytes", "# images, # octets"),
        ("# of # slices", "# tranches d'image sur #"),
        ("25 frames a second", "25 images par seconde"),
        // Bytes that were passed over.
        ("# bytes before the first packet", "# octets avant le premier paquet"), ("# bytes without sync", "# octets sans synchronisation"),
        ("# bytes before the first unit", "# octets avant la première unité"),
        ("# bytes of another recording", "# octets d'un autre enregistrement"),
        ("# bytes up to the next chunk", "# octets jusqu'au bloc suivant"),
        ("# bytes up to the next Cluster", "# octets jusqu'au Cluster suivant"),
        ("# bytes inside a Cluster", "# octets dans un Cluster"),
        ("# bytes with a Cluster's head; its time was concluded", "# octets avec l'en-tête d'un Cluster ; son heure a été déduite"),
        ("# bytes of chunks that were overwritten", "# octets de blocs écrasés"),
        ("chunks that were overwritten, up to the end", "blocs écrasés, jusqu'à la fin"),
        ("# bytes of the last packet", "# octets du dernier paquet"),
        ("# of # bytes of the last packet", "# octets sur # du dernier paquet"),
        ("# bytes that are no image", "# octets qui ne sont pas une image"),
        ("# or more packets of PID # are missing", "# paquets ou plus du PID # manquent"),
        ("a PES packet without header", "un paquet PES sans en-tête"),
        ("a packet with an illegal header", "un paquet à l'en-tête interdit"),
        ("a picture of # bytes that are not all its own", "une image de # octets qui ne sont pas tous les siens"),
        ("an overwritten frame of # bytes", "une image écrasée de # octets"),
        ("a frame of # bytes that was overwritten", "une image écrasée de # octets"),
        ("an image that was overwritten in part", "une image écrasée en partie"),
        ("an image that was zeroed in part", "une image mise à zéro en partie"),
        ("# of # samples were overwritten", "# échantillons sur # ont été écrasés"),
        ("joined inside of a frame, which may be wrong", "raccord au milieu d'une image, qui peut être fausse"),
        ("# units that are not of this stream", "# unités étrangères à ce flux"), ("the header was lost", "l'en-tête est perdu"),
        // Ends.
        ("RIFF promises # bytes more", "RIFF annonce # octets de plus"), ("indx promises # bytes more", "indx annonce # octets de plus"),
        ("the file ends # bytes into a chunk", "le fichier finit # octets après le début d'un bloc"),
        ("the file ends # bytes into an element", "le fichier finit # octets après le début d'un élément"),
        ("a box runs past the end, and no sample with it", "une boîte dépasse la fin, mais aucun échantillon"),
        ("an image without EOI", "une image sans EOI"), ("no whole image", "aucune image entière"),
        ("bytes that the codec forbids", "octets que le codec interdit"),
        ("a unit of # bytes where the largest has #", "une unité de # octets quand la plus grande en a #"),
        ("text or a fill pattern", "du texte ou un motif de remplissage"),
        ("a picture whose last macroblocks are missing", "une image dont les derniers macroblocs manquent"),
        ("headers of a frame that does not follow", "en-têtes d'une image qui ne suit pas"),
        ("the file ends where a buffer or block ended", "le fichier finit là où finissait un tampon ou un bloc"),
        // Tables and headers.
        ("idx1", "idx1"), ("no idx1", "pas d'idx1"), ("no Cues", "pas de Cues"), ("Info and Tracks", "Info et Tracks"),
        ("AVISTREAMHEADER: dwRate and dwScale", "AVISTREAMHEADER : dwRate et dwScale"),
        ("dwLength #, proven #", "dwLength #, prouvé #"), ("Duration # ticks, proven #", "Duration # unités, prouvé #"),
        ("RIFF goes on behind its size", "RIFF continue au-delà de sa taille"),
        ("the Cluster ends before its size", "le Cluster finit avant sa taille"),
        ("the Segment goes on behind its size", "le Segment continue au-delà de sa taille"), ("lacing", "lacing"),
        ("TimestampScale", "TimestampScale"),
        ("Cluster timestamp # after #", "heure du Cluster # après #"), ("# ticks of 90 kHz", "# unités de 90 kHz"),
        ("no parameter sets in the stream", "aucun paramètre de codec dans le flux"), ("no reference fits", "aucune référence ne convient"),
        ("a second moov", "un second moov"), ("tfhd of no track", "tfhd sans piste"), ("trun cut short", "trun tronqué"),
        ("box size in moof", "taille de boîte dans moof"), ("box size in traf", "taille de boîte dans traf"),
        ("box size against its parent", "taille de boîte contraire à celle qui la contient"), ("header cut short", "en-tête tronqué"),
        ("timescale #", "timescale #"), ("track_ID # twice", "track_ID # deux fois"),
        ("edit list read up to entry #", "edit list lue jusqu'à l'entrée #"),
        ("the edit list shows no sample", "l'edit list ne montre aucun échantillon"),
        ("no sample entry", "pas de description d'échantillon"),
        ("chunks hold # of # samples", "les blocs contiennent # échantillons sur #"), ("no stts", "pas de stts"),
        ("table cut short", "table tronquée"),
        ("table claims # entries and has #", "la table annonce # entrées et en a #"), ("field_size #", "field_size #"),
        ("table claims # sizes and has #", "la table annonce # tailles et en a #"),
        ("moov lists # samples, # are valid", "moov liste # échantillons, # sont valides"),
        ("start codes instead of lengths", "codes de début au lieu de longueurs"),
        ("the first moov and its fragments are hidden in mdat", "le premier moov et ses fragments sont cachés dans mdat"),
        ("fragments without their moov", "fragments sans leur moov"),
        // Limits.
        ("more than # of *", "plus de # fois *"), ("more than # tracks", "plus de # pistes"), ("more than # boxes", "plus de # boîtes"),
        ("more than # findings", "plus de # constats"), ("Info or Tracks above # bytes", "Info ou Tracks au-delà de # octets"),
        ("too many holes to look for a Cluster behind each", "trop de trous pour chercher un Cluster derrière chacun"),
        ("moof of # bytes", "moof de # octets"), ("moov of # bytes", "moov de # octets"), ("stsz of # samples", "stsz de # échantillons"),
        ("further damage is not listed", "les dégâts suivants ne sont pas listés"),
        ("the samples claim more bytes than the file has", "les échantillons annoncent plus d'octets que le fichier n'en a"),
        // Clocks and rates.
        ("mtime", "date de modification"),
        ("zone # s", "fuseau # s"), ("path - embedded = # s", "chemin - horloge interne = # s"),
        ("path - mtime = # s", "chemin - date de modification = # s"),
        ("embedded clock was never set", "l'horloge interne n'a jamais été réglée"),
        ("embedded clock tells the end", "l'horloge interne donne la fin"),
        ("decided by embedded", "tranché par l'horloge interne"), ("decided by mtime", "tranché par la date de modification"),
        ("decided by neighbours", "tranché par les segments voisins"),
        ("decided by nothing", "rien ne tranche : peut-être une heure plus tard"),
        ("# frames, # fps, siblings", "# images, # im/s, d'après les fichiers semblables"),
        ("# frames, # fps, neighbours", "# images, # im/s, d'après les voisins"),
        ("# frames, # fps, mtime", "# images, # im/s, d'après la date de modification"),
        ("# frames, # fps, assumed", "# images, # im/s, supposé"),
        // The ledger.
        ("interrupted; undone", "interrompu ; défait"),
        // States.
        ("empty", "vide"), ("unreadable", "illisible"), ("damaged", "endommagé"), ("truncated", "tronqué"), ("complete", "complet"),
    ])
}
