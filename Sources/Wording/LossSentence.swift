/// One sentence for each loss of an extraction or a repair. The raw values are its codes.
public enum LossSentence: String, Sendable, CaseIterable {
    case sourceMissing = "source-missing"
    case sourceChanged = "source-changed"
    case sourceUnreadable = "source-unreadable"
    case nothingPlayable = "nothing-playable"
    case parameterSetsMissing = "parameter-sets-missing"
    case audioLeftOut = "audio-left-out"
    case codecNotCarried = "codec-not-carried"
    case tailLost = "tail-lost"
    case framesBeforeKeyframe = "frames-before-keyframe"
    case framesOverwritten = "frames-overwritten"
    case tooLarge = "too-large"

    public func text(in language: Language, detail: String = "") -> String {
        detail.isEmpty ? sentence(in: language) : "\(sentence(in: language)) (\(language.detail(detail)))"
    }

    private func sentence(in language: Language) -> String {
        switch self {
        case .sourceMissing: language.pick("the file is not there any more", "le fichier n'est plus là")
        case .sourceChanged:
            language.pick("the file changed since the index was built", "le fichier a changé depuis la construction de l'index")
        case .sourceUnreadable: language.pick("the disk could not read it all", "le disque n'a pas pu tout lire")
        case .nothingPlayable: language.pick("nothing of it can be played", "rien n'en est lisible")
        case .parameterSetsMissing:
            language.pick("the codec's parameter sets were found nowhere", "les paramètres du codec sont introuvables")
        case .audioLeftOut: language.pick("its sound cannot be carried by this container", "ce conteneur ne peut pas porter son audio")
        case .codecNotCarried:
            language.pick("its codec cannot be carried by any container offered", "aucun conteneur proposé ne peut porter son codec")
        case .tailLost: language.pick("its end is lost", "sa fin est perdue")
        case .framesBeforeKeyframe:
            language.pick("frames before its first key frame were left out", "les images avant sa première image clé sont omises")
        case .framesOverwritten:
            language.pick("some of its frames were overwritten and are left out", "certaines de ses images ont été écrasées et sont omises")
        case .tooLarge: language.pick("it does not fit below the size limit", "il dépasse la taille limite")
        }
    }
}
