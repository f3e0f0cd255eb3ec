/// Headings, states and the sentences of results.
extension Language {
    public var walking: String { pick("Looking for files", "Recherche des fichiers") }
    public var understanding: String { pick("Understanding the layout", "Analyse de l'arborescence") }
    public var reading: String { pick("Reading", "Lecture") }
    public var dating: String { pick("Dating", "Datation") }
    public var extracting: String { pick("Extracting", "Extraction") }
    public var checking: String { pick("Checking", "Vérification") }
    public var repairing: String { pick("Repairing", "Réparation") }

    public var camera: String { pick("CAMERA", "CAMÉRA") }
    public var start: String { pick("START", "DÉBUT") }
    public var length: String { pick("LENGTH", "DURÉE") }
    public var state: String { pick("STATE", "ÉTAT") }
    public var file: String { pick("FILE", "FICHIER") }
    public var files: String { pick("FILES", "FICHIERS") }
    public var zone: String { pick("TIME ZONE", "FUSEAU") }
    public var confidence: String { pick("SURE", "SÛR") }
    public var template: String { pick("TEMPLATE", "MODÈLE") }
    public var size: String { pick("SIZE", "TAILLE") }
    public var change: String { pick("CHANGE", "CHANGEMENT") }
    public var frames: String { pick("FRAMES", "IMAGES") }

    public func stateName(_ state: String) -> String {
        switch state {
        case "complete": pick("complete", "complet")
        case "truncated": pick("cut short", "tronqué")
        case "damaged": pick("damaged", "endommagé")
        case "unreadable": pick("unreadable", "illisible")
        case "empty": pick("empty", "vide")
        default: state
        }
    }

    public func changeName(_ change: String) -> String {
        switch change {
        case "missing": pick("missing", "disparu")
        case "changed": pick("changed", "modifié")
        case "unreadable": pick("unreadable", "illisible")
        case "new": pick("new", "nouveau")
        case "volume-missing": pick("disk missing", "disque absent")
        default: change
        }
    }

    public func segments(_ count: Int) -> String { plural(count, "segment", "segments") }
    public func cameras(_ count: Int) -> String { plural(count, pick("camera", "caméra"), pick("cameras", "caméras")) }
    public func clips(_ count: Int) -> String { plural(count, "clip", "clips") }
    public func frameCount(_ count: Int) -> String { plural(count, pick("frame", "image"), pick("frames", "images")) }

    public func found(segments: Int, cameras: Int) -> String {
        pick("Found \(self.segments(segments)) of \(self.cameras(cameras)).", "\(self.segments(segments)), \(self.cameras(cameras)).")
    }
    public func recordedBetween(_ from: String, _ to: String, zone: String) -> String {
        pick(
            "First recording: \(from)\nEnd of the last: \(to)  (\(zone))",
            "Premier enregistrement : \(from)\nFin du dernier :         \(to)  (\(zone))")
    }
    public func stateCount(_ state: String, _ count: Int) -> String {
        // French adjectives agree: `2 complets`, `2 illisibles`.
        "\(self.count(count)) \(stateName(state))" + (self == .fr && count > 1 ? "s" : "")
    }
    public func zoneAssumed(_ zone: String) -> String {
        pick(
            "Nothing shows the time zone of the names: \(zone) is assumed.\nIf that is wrong, build again with --time-zone.",
            "Rien n'indique le fuseau horaire des noms : \(zone) est supposé.\nS'il est faux, reconstruisez avec --time-zone.")
    }
    /// `FILE: what`, with the blank that French sets before a colon.
    public func entry(_ name: String, _ what: String) -> String { name + pick(": ", " : ") + what }
    public func otherFiles(_ count: Int) -> String {
        plural(
            count, pick("file is no video", "fichier n'est pas une vidéo"), pick("files are no video", "fichiers ne sont pas des vidéos"))
            + "."
    }
    public func duplicates(_ count: Int) -> String {
        plural(
            count, pick("file is a second copy", "fichier est une seconde copie"),
            pick("files are second copies", "fichiers sont des secondes copies")) + "."
    }
    public func reused(_ count: Int) -> String {
        plural(
            count, pick("file was known already", "fichier était déjà connu"),
            pick("files were known already", "fichiers étaient déjà connus")) + "."
    }
    public func noRecordingsIn(_ source: String) -> String {
        pick(
            "No recording was found in \(source). If that disk was not unmounted cleanly, they may be in its log: mount it with --mode overlay.",
            "Aucun enregistrement trouvé dans \(source). Si ce disque n'a pas été démonté proprement, ils sont peut-être dans son journal : montez-le avec --mode overlay."
        )
    }
    public func vanished(_ count: Int) -> String {
        plural(
            count, pick("file vanished while it was looked for", "fichier a disparu pendant la lecture"),
            pick("files vanished while they were looked for", "fichiers ont disparu pendant la lecture")) + "."
    }
    public func unreadableFolders(_ count: Int) -> String {
        plural(
            count, pick("folder could not be read", "dossier n'a pas pu être lu"),
            pick("folders could not be read", "dossiers n'ont pas pu être lus")) + ":"
    }
    public func linksNotFollowed(_ count: Int) -> String {
        plural(
            count, pick("symbolic link was not followed", "lien symbolique n'a pas été suivi"),
            pick("symbolic links were not followed", "liens symboliques n'ont pas été suivis")) + "."
    }
    public func indexWritten(_ path: String) -> String { pick("Index: \(path)", "Index : \(path)") }
    public func noLayout() -> String {
        pick(
            "No rule was found in the names: the folder stands for the camera, the file's own clocks for the time.",
            "Aucune règle trouvée dans les noms : le dossier tient lieu de caméra, les horloges du fichier donnent l'heure.")
    }
    public func lookAtLosses(_ index: String) -> String {
        pick("What was lost: camtrace-rescue index list --index \(index)", "Les pertes : camtrace-rescue index list --index \(index)")
    }
    public func moreRows(_ count: Int) -> String {
        pick("… and \(self.count(count)) more; --json shows all.", "… et \(self.count(count)) de plus ; --json montre tout.")
    }
    public func nothingChanged(_ count: Int) -> String {
        pick("All \(segments(count)) are where they were.", "Les \(segments(count)) sont tous à leur place.")
    }
    public func changes(_ change: String, _ count: Int) -> String { "\(self.count(count)) \(changeName(change))" }
    public func extracted(clips: Int, frames: Int, duration: Int64) -> String {
        pick(
            "Wrote \(self.clips(clips)): \(frameCount(frames)), \(self.duration(duration)).",
            "\(self.clips(clips)) : \(frameCount(frames)), \(self.duration(duration)).")
    }
    public func wouldWrite(clips: Int, duration: Int64, bytes: UInt64) -> String {
        pick(
            "Would write \(self.clips(clips)), \(self.duration(duration)) from \(size(bytes)). Nothing was written.",
            "\(self.clips(clips)) à écrire, \(self.duration(duration)) depuis \(size(bytes)). Rien n'a été écrit.")
    }
    public func wouldWriteTo(_ folder: String) -> String { pick("To: \(folder)", "Dans : \(folder)") }
    public func playlist(_ path: String) -> String { pick("Playlist for VLC: \(path)", "Liste de lecture pour VLC : \(path)") }
    public func checkSums(_ folder: String) -> String {
        pick("Check the copies: cd \(folder) && sha256sum -c SHA256SUMS", "Vérifier les copies : cd \(folder) && sha256sum -c SHA256SUMS")
    }
    public func gap(_ camera: String, _ from: String, _ duration: Int64) -> String {
        pick(
            "no footage of \(camera) for \(self.duration(duration)) from \(from)",
            "aucune séquence de la caméra \(camera) pendant \(self.duration(duration)) à partir du \(from)")
    }
    public func lost(_ count: Int) -> String { pick("Lost (\(self.count(count))):", "Pertes (\(self.count(count))) :") }
    public func gaps(_ count: Int) -> String { pick("Gaps (\(self.count(count))):", "Trous (\(self.count(count))) :") }
    public func repaired(_ input: String, _ output: String, frames: Int, duration: Int64) -> String {
        pick(
            "\(input): \(frameCount(frames)), \(self.duration(duration)) -> \(output)",
            "\(input) : \(frameCount(frames)), \(self.duration(duration)) -> \(output)")
    }
    public func notRepaired(_ input: String, _ reason: String) -> String {
        pick("\(input): not repaired, \(reason)", "\(input) : non réparé, \(reason)")
    }
    public func merged(indexes: Int, segments: Int, cameras: Int) -> String {
        pick(
            "Joined \(plural(indexes, "index", "indexes")): \(self.segments(segments)) of \(self.cameras(cameras)).",
            "\(plural(indexes, "index", "index")) réunis : \(self.segments(segments)), \(self.cameras(cameras)).")
    }
    public func renamedCamera(_ key: String) -> String {
        pick("A camera name used by two servers became \(key).", "Un nom de caméra utilisé par deux serveurs est devenu \(key).")
    }
    public func exported(rows: Int, path: String) -> String {
        pick("Wrote \(segments(rows)) to \(path).", "\(segments(rows)) dans \(path).")
    }
    public var unknownTime: String { pick("unknown", "inconnu") }
}

/// Repair.
extension Language {
    public func bytesNotPlayable(_ lost: UInt64, of total: UInt64) -> String {
        pick("\(size(lost)) of \(size(total)) cannot be played.", "\(size(lost)) sur \(size(total)) ne sont pas lisibles.")
    }

    public func lostAbout(frames: Int, duration: Int64) -> String {
        pick(
            "Lost: about \(frameCount(frames)), \(self.duration(duration)).",
            "Perdu : environ \(frameCount(frames)), \(self.duration(duration)).")
    }

    /// Where what the file lost was taken from.
    public func takenFrom(_ path: String) -> String {
        pick("What it lost was taken from \(path).", "Ce qu'il a perdu a été pris dans \(path).")
    }

    public func referencesRefused(_ count: Int) -> String {
        pick(
            "\(plural(count, "healthy file", "healthy files")) tried: other settings, which do not fit its pictures.",
            "\(plural(count, "fichier sain essayé", "fichiers sains essayés")) : d'autres réglages, qui ne conviennent pas à ses images.")
    }

    /// Behind the first of several findings of one kind.
    public func andMore(_ count: Int) -> String { pick("and \(self.count(count)) more", "et \(plural(count, "autre", "autres"))") }

    public func repairReason(_ reason: String) -> String {
        switch reason {
        case "not-video": pick("it holds no video that is known", "il ne contient aucune vidéo connue")
        case "source-missing": pick("it does not exist", "il n'existe pas")
        case "source-unreadable": pick("the disk could not read it", "le disque n'a pas pu le lire")
        case "not-a-file": pick("it is no file", "ce n'est pas un fichier")
        case "empty": pick("it is empty", "il est vide")
        case "only-zeroes": pick("it holds nothing but zeroes", "il ne contient que des zéros")
        case "moov-missing":
            pick(
                "its table of samples (moov) is lost, and no frame was found without it",
                "sa table des images (moov) est perdue, et aucune image n'a été trouvée sans elle")
        case "parameter-sets-missing":
            pick(
                "the codec's parameter sets are missing; give a healthy file of this camera with --reference",
                "les paramètres du codec manquent ; donnez un fichier sain de cette caméra avec --reference")
        case "codec-not-carried": pick("no container offered can carry its codec", "aucun conteneur proposé ne peut porter son codec")
        default: pick("nothing of it can be played", "rien n'en est lisible")
        }
    }

    public func unknownLanguage(_ text: String) -> String {
        pick(
            "\(text) is not a language of this program; en and fr are.", "\(text) n'est pas une langue de ce programme ; en et fr le sont.")
    }

    public var jsonWantsOutput: Complaint {
        usage(pick("--json with CSV or SQL wants --output.", "--json avec du CSV ou du SQL demande --output."))
    }

    public var filesWantOutput: Complaint {
        usage(
            pick(
                "This profile makes files: --output names a new folder for them.",
                "Ce profil produit des fichiers : --output nomme un nouveau dossier."))
    }

    public var sourceOrIndex: String { pick("Give either --source or --index.", "Donnez --source ou --index, pas les deux.") }
    public var formatOrProfile: String { pick("Give either --format or --profile.", "Donnez --format ou --profile, pas les deux.") }
    public var badJobs: String { pick("--jobs wants a number from 1 to 1024.", "--jobs attend un nombre de 1 à 1024.") }
    public var exitTableTitle: String { pick("Exit status:", "Code de sortie :") }

    public func exitMeaning(_ status: Int) -> String {
        switch status {
        case 0: pick("done, nothing lost", "terminé, rien de perdu")
        case 1:
            pick(
                "an unexpected failure; nothing half-written is left under a final name",
                "échec inattendu ; rien d'inachevé sous un nom définitif")
        case 3: pick("done, with losses; the result lists each", "terminé, avec des pertes ; le résultat les liste")
        case 4:
            pick("refused by a guard; the sentence names the missing step", "refusé par une sécurité ; la phrase nomme l'étape manquante")
        case 5:
            pick("the source is missing, unreadable or not what the command works on", "la source manque, est illisible ou ne convient pas")
        case 6:
            pick(
                "the destination is missing, full, read-only or on a source disk",
                "la destination manque, est pleine, protégée ou sur un disque source")
        case 64: pick("usage", "mauvaise utilisation")
        case 130: pick("interrupted; the same command goes on from there", "interrompu ; la même commande reprendra")
        default: ""
        }
    }
}
