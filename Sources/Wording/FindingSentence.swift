/// One sentence for each finding of the index. The raw values are its codes.
public enum FindingSentence: String, Sendable, CaseIterable {
    case cutShort = "cut-short"
    case tailZeroed = "tail-zeroed"
    case tailForeign = "tail-foreign"
    case headerOverstates = "header-overstates"
    case moovMissing = "moov-missing"
    case headMissing = "head-missing"
    case seekTableMissing = "seek-table-missing"
    case bytesSkipped = "bytes-skipped"
    case parameterSetsMissing = "parameter-sets-missing"
    case timeJump = "time-jump"
    case ruleBroken = "rule-broken"
    case capReached = "cap-reached"
    case readError = "read-error"
    case otherRecording = "other-recording"
    case trailingBytes = "trailing-bytes"
    case soundLeftOut = "sound-left-out"
    case duplicate
    case clocksDisagree = "clocks-disagree"
    case localTimeTwice = "local-time-twice"
    case localTimeSkipped = "local-time-skipped"
    case timeFromNeighbour = "time-from-neighbour"
    case salvagedWith = "salvaged-with"
    case rateConcluded = "rate-concluded"
    case cameraNameShared = "camera-name-shared"
    case fileUnreadable = "file-unreadable"
    case onlyZeroes = "only-zeroes"
    case contentUnknown = "content-unknown"

    /// `more`: further findings of the same kind, which are not told one by one.
    public func text(in language: Language, detail: String, more: Int = 0) -> String {
        let notes = (detail.isEmpty ? [] : [language.detail(detail)]) + (more > 0 ? [language.andMore(more)] : [])
        let sentence = sentence(in: language)
        return notes.isEmpty ? sentence : "\(sentence) (\(notes.joined(separator: language.pick("; ", " ; "))))"
    }

    private func sentence(in language: Language) -> String {
        switch self {
        case .cutShort: language.pick("The file ends in the middle of a sample.", "Le fichier s'arrête au milieu d'une image.")
        case .tailZeroed: language.pick("The end of the file is zeroes.", "La fin du fichier n'est que des zéros.")
        case .tailForeign:
            language.pick("The end of the file is not of this recording.", "La fin du fichier n'appartient pas à cet enregistrement.")
        case .headerOverstates: language.pick("The header claims more than is there.", "L'en-tête annonce plus que ce qui existe.")
        case .moovMissing:
            language.pick(
                "The table of samples (moov) is missing: only a search finds them.",
                "La table des images (moov) manque : seule une recherche les retrouve.")
        case .headMissing:
            language.pick(
                "The head of the file, which describes its tracks, is lost; the frames are there.",
                "Le début du fichier, qui décrit ses pistes, est perdu ; les images sont là.")
        case .seekTableMissing:
            language.pick(
                "The seek table is missing: the recorder did not close the file.",
                "La table de recherche manque : l'enregistreur n'a pas fermé le fichier.")
        case .bytesSkipped: language.pick("Bytes that belong to nothing were skipped.", "Des octets sans appartenance ont été sautés.")
        case .parameterSetsMissing:
            language.pick("The codec's parameter sets are not in the file.", "Les paramètres du codec ne sont pas dans le fichier.")
        case .timeJump: language.pick("Times jump inside the file.", "Les temps font un saut à l'intérieur du fichier.")
        case .ruleBroken:
            language.pick(
                "The file breaks its format's rules; it was read all the same.",
                "Le fichier enfreint les règles de son format ; il a été lu quand même.")
        case .capReached:
            language.pick("A limit against hostile files was reached.", "Une limite contre les fichiers hostiles a été atteinte.")
        case .readError: language.pick("The disk could not read a part of the file.", "Le disque n'a pas pu lire une partie du fichier.")
        case .otherRecording:
            language.pick(
                "Blocks of another recording lie in this file; their frames were left out. The file as it is still holds them.",
                "Des blocs d'un autre enregistrement se trouvent dans ce fichier ; leurs images ont été laissées de côté. Le fichier tel quel les contient toujours."
            )
        case .trailingBytes: language.pick("Bytes follow the end of the recording.", "Des octets suivent la fin de l'enregistrement.")
        case .soundLeftOut:
            language.pick(
                "There is sound that could not be recovered with certainty; it was left out.",
                "Il y a du son qui n'a pas pu être récupéré avec certitude ; il a été laissé de côté.")
        case .duplicate: language.pick("The same footage also lies elsewhere.", "La même séquence se trouve aussi ailleurs.")
        case .clocksDisagree: language.pick("The clocks disagree.", "Les horloges ne concordent pas.")
        case .localTimeTwice: language.pick("This local time occurred twice.", "Cette heure locale a existé deux fois.")
        case .localTimeSkipped: language.pick("This local time never was.", "Cette heure locale n'a jamais existé.")
        case .timeFromNeighbour:
            language.pick("The time was concluded from a neighbouring segment.", "L'heure a été déduite d'un segment voisin.")
        case .salvagedWith:
            language.pick(
                "What the file lost was taken from a healthy file whose settings fit its pictures, as those of the same camera do.",
                "Ce que le fichier a perdu a été pris dans un fichier sain dont les réglages conviennent à ses images, comme ceux d'une même caméra."
            )
        case .rateConcluded:
            language.pick(
                "The stream states no frame rate; its length is concluded.", "Le flux n'indique pas sa cadence ; sa durée est déduite.")
        case .cameraNameShared:
            language.pick(
                "Two volumes use one name for different cameras.", "Deux volumes utilisent un même nom pour des caméras différentes.")
        case .fileUnreadable: language.pick("The file could not be read.", "Le fichier n'a pas pu être lu.")
        case .onlyZeroes: language.pick("The file holds nothing but zeroes.", "Le fichier ne contient que des zéros.")
        case .contentUnknown:
            language.pick(
                "The file lies among recordings but holds no known video.",
                "Le fichier se trouve parmi les enregistrements mais ne contient aucune vidéo connue.")
        }
    }
}
