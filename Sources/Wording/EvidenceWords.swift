/// Why a layout is believed.
extension Language {
    public func layoutFacts(files: Int, confidence: Double, zone: String) -> String {
        pick(
            "\(plural(files, "file", "files")), \(percent(confidence)) sure, time zone \(zone)",
            "\(plural(files, "fichier", "fichiers")), sûr à \(percent(confidence)), fuseau \(zone)")
    }
    public func layoutCameras(_ count: Int, _ list: String) -> String {
        "\(cameras(count)) : \(list)".replacing(" :", with: pick(":", " :"))
    }
    public func evidenceExplains(_ count: Int, _ of: Int) -> String {
        pick(
            "explains \(self.count(count)) of \(self.count(of)) names built alike",
            "explique \(self.count(count)) noms semblables sur \(self.count(of))")
    }
    public func evidenceContiguous(_ agree: Int, _ of: Int) -> String {
        pick(
            "\(count(agree)) of \(count(of)) segments begin where the one before ends",
            "\(count(agree)) segments sur \(count(of)) commencent où le précédent finit")
    }
    public func evidenceOverlapping(_ overlapping: Int, _ of: Int) -> String {
        pick(
            "\(count(overlapping)) of \(count(of)) segments of one camera overlap",
            "\(count(overlapping)) segments sur \(count(of)) d'une même caméra se chevauchent")
    }
    public func evidenceEmbedded(_ agree: Int, _ of: Int, _ offset: Int) -> String {
        pick(
            "\(count(agree)) of \(count(of)) clocks inside the files agree", "\(count(agree)) horloges internes sur \(count(of)) concordent"
        ) + offsetNote(offset)
    }
    public func evidenceEmbeddedAtEnd(_ agree: Int, _ of: Int) -> String {
        pick(
            "the clocks inside tell the end of the recording (\(count(agree)) of \(count(of)))",
            "les horloges internes donnent la fin de l'enregistrement (\(count(agree)) sur \(count(of)))")
    }
    public func evidenceEmbeddedDisagrees(_ agree: Int, _ of: Int) -> String {
        pick(
            "the clocks inside disagree: only \(count(agree)) of \(count(of)) fit",
            "les horloges internes ne concordent pas : \(count(agree)) sur \(count(of))")
    }
    public func evidenceMtime(_ agree: Int, _ of: Int, _ offset: Int, atStart: Bool) -> String {
        let place = atStart ? pick("the start", "le début") : pick("the end", "la fin")
        return pick(
            "\(count(agree)) of \(count(of)) modification times mark \(place)",
            "\(count(agree)) dates de modification sur \(count(of)) marquent \(place)") + offsetNote(offset)
    }
    public func evidenceMtimesDestroyed(_ agree: Int, _ of: Int) -> String {
        pick(
            "modification times say nothing (\(count(agree)) of \(count(of)) fit): a copy destroyed them",
            "les dates de modification ne disent rien (\(count(agree)) sur \(count(of))) : une copie les a détruites")
    }
    public func evidenceAmbiguous(_ other: String) -> String {
        pick("could also be read as \(other)", "pourrait aussi se lire \(other)")
    }
    public var evidenceZoneInPath: String { pick("the path tells its time zone", "le chemin donne son fuseau horaire") }
    public func evidenceDaylightSaving(_ at: String) -> String {
        pick("the clock change of \(at) shows", "le changement d'heure du \(at) est visible")
    }
    public func evidenceDaylightSavingNotFollowed(_ at: String) -> String {
        pick("the recorder did not follow the clock change of \(at)", "l'enregistreur n'a pas suivi le changement d'heure du \(at)")
    }
    public var evidenceDaylightSavingUnexplained: String {
        pick("a change of one hour that no known zone explains", "un saut d'une heure qu'aucun fuseau connu n'explique")
    }
    public func evidenceZoneAssumed(_ zone: String) -> String {
        pick(
            "nothing tells the time zone: \(zone) is assumed, --time-zone corrects it",
            "rien n'indique le fuseau : \(zone) est supposé, --time-zone le corrige")
    }
    public func evidenceZoneGiven(_ zone: String, instead other: String?) -> String {
        let but = other.map { pick("; the clocks would rather say \($0)", " ; les horloges diraient plutôt \($0)") } ?? ""
        return pick("the time zone was given: \(zone)", "le fuseau a été donné : \(zone)") + but
    }
    public func evidenceCameraZone(_ camera: String, _ zone: String) -> String {
        pick("camera \(camera) writes the time of another zone: \(zone)", "la caméra \(camera) écrit l'heure d'un autre fuseau : \(zone)")
    }
    public var evidenceNoTime: String { pick("no time in the path", "pas d'heure dans le chemin") }
    public var evidenceNoTimeOfDay: String { pick("a date but no time of day in the path", "une date mais pas d'heure dans le chemin") }
    public var evidenceNoCamera: String { pick("no camera in the path", "pas de caméra dans le chemin") }
    public var evidenceCameraConstant: String {
        pick("the camera was recognised by its name only", "la caméra n'est reconnue qu'à son nom")
    }

    private func offsetNote(_ seconds: Int) -> String {
        guard seconds != 0 else { return "" }
        let minutes = seconds.magnitude / 60
        let text = (seconds < 0 ? "-" : "+") + "\(minutes / 60):" + (minutes % 60 < 10 ? "0" : "") + "\(minutes % 60)"
        return pick(" (offset \(text))", " (décalage \(text))")
    }
}
