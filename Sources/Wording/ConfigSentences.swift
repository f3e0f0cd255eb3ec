/// What `config --help` says.
public enum ConfigHelp: Sendable, CaseIterable {
    case config, inspect, capture, restore, rollback
    case archive, root, captureOutput, target, restoreDryRun, version, waive, because, runningSystem, releaseOutput

    public func text(in language: Language) -> String {
        switch self {
        case .config:
            language.pick(
                "Save, look at and put back a server's configuration.", "Sauver, examiner et remettre la configuration d'un serveur.")
        case .inspect:
            language.pick(
                "Say what an archive holds, what it lacks and what is dangerous in it. Unpacks nothing.",
                "Dire ce qu'une archive contient, ce qui lui manque et ce qu'elle a de dangereux. N'extrait rien.")
        case .capture:
            language.pick(
                "Save what is left of the configuration of an old system into an archive.",
                "Sauver dans une archive ce qui reste de la configuration d'un ancien système.")
        case .restore:
            language.pick(
                "Put a configuration back, once every data volume is mounted.",
                "Remettre une configuration, une fois tous les volumes de données montés.")
        case .rollback: language.pick("Undo the last restore, to the last bit.", "Défaire la dernière restauration, au bit près.")
        case .archive: language.pick("A .tgz, .tar.gz or .tar.", "Un .tgz, .tar.gz ou .tar.")
        case .root:
            language.pick(
                "The root folder of the old system, mounted read-only.", "Le dossier racine de l'ancien système, monté en lecture seule.")
        case .captureOutput: language.pick("The archive to write, on another disk.", "L'archive à écrire, sur un autre disque.")
        case .target: language.pick("The root folder of the reinstalled system.", "Le dossier racine du système réinstallé.")
        case .restoreDryRun: language.pick("Show what would be written, and do nothing.", "Montrer ce qui serait écrit, sans rien faire.")
        case .version:
            language.pick(
                "The version that an archive without one was saved from: 7.14.0.3",
                "La version d'où vient une archive qui n'en dit aucune : 7.14.0.3")
        case .waive:
            language.pick("Give up this data volume: it is really gone.", "Renoncer à ce volume de données : il est vraiment perdu.")
        case .because: language.pick("Why; it goes into the ledger.", "Pourquoi ; c'est noté dans le registre.")
        case .runningSystem:
            language.pick("The target may be the system that runs now.", "La cible peut être le système en marche.")
        case .releaseOutput:
            language.pick(
                "Where to hand over a backup of the vendor's (default: root/ of the target).",
                "Où remettre une sauvegarde de l'éditeur (par défaut : root/ de la cible).")
        }
    }
}

/// Archives.
extension Language {
    public var groupWord: String { pick("GROUP", "GROUPE") }
    public func groupName(_ group: String) -> String {
        switch group {
        case "identity": pick("identity and network", "identité et réseau")
        case "storage": pick("storage", "stockage")
        case "index": pick("recording index", "index des enregistrements")
        case "cameras": pick("cameras and users", "caméras et utilisateurs")
        case "services": pick("services", "services")
        default: group
        }
    }
    public func isCapture(_ path: String, _ date: String?) -> String {
        pick("\(path): a capture of camtrace-rescue", "\(path) : une sauvegarde de camtrace-rescue") + dated(date)
    }
    public func isBackup(_ path: String, _ date: String?) -> String {
        pick("\(path): an archive from elsewhere", "\(path) : une archive d'une autre origine") + dated(date)
    }
    private func dated(_ date: String?) -> String { date.map { pick(" of ", " du ") + $0 } ?? "" }
    public func archiveVersion(_ version: String?, product: String?, places: [String]) -> String {
        guard let version else { return pick("Version: unknown", "Version : inconnue") }
        let place = places.filter { !$0.isEmpty }.prefix(3).joined(separator: ", ")
        return pick("Version: ", "Version : ") + (product.map { $0 + " " } ?? "") + version + (place.isEmpty ? "" : " (\(place))")
    }
    public func archiveServer(_ name: String, _ distribution: String?) -> String {
        pick("Server: ", "Serveur : ") + name + (distribution.map { ", " + $0 } ?? "")
    }
    public func missingGroup(_ group: String) -> String {
        pick("Nothing of \(groupName(group)) is in it.", "Il n'y a rien sur : \(groupName(group)).")
    }
    public var layoutUnknown: String {
        pick(
            "Its inner layout is not known: what it lacks cannot be told.",
            "Son organisation interne est inconnue : impossible de dire ce qui lui manque.")
    }
    public func incompleteMember(_ path: String) -> String {
        pick(
            "\(path) is cut: the disk could not be read to its end. It will not be put back.",
            "\(path) est coupé : le disque n'a pas pu être lu jusqu'au bout. Il ne sera pas remis.")
    }
    public func filesOfNoGroup(_ count: Int) -> String {
        pick("\(plural(count, "other file", "other files"))", "\(plural(count, "autre fichier", "autres fichiers"))")
    }
    public var archiveIsSound: String {
        pick("Every member is what the manifest says.", "Chaque membre est ce que dit le manifeste.")
    }
    public func archiveHasProblems(_ count: Int) -> String {
        pick(
            "\(plural(count, "problem", "problems")): this archive will not be unpacked.",
            "\(plural(count, "problème", "problèmes")) : cette archive ne sera pas déballée.")
    }

    public func dangerClimbs(_ path: String) -> String { pick("\(path): climbs out with ..", "\(path) : sort de l'archive par ..") }
    public func dangerAbsolute(_ path: String) -> String { pick("\(path): an absolute path", "\(path) : un chemin absolu") }
    public func dangerLink(_ path: String, _ target: String) -> String {
        pick("\(path): a link that leads out, to \(target)", "\(path) : un lien qui mène dehors, vers \(target)")
    }
    public func dangerThroughLink(_ path: String) -> String {
        pick("\(path): lies below something that is no folder", "\(path) : se trouve sous quelque chose qui n'est pas un dossier")
    }
    public func dangerHardLink(_ path: String, _ target: String) -> String {
        pick("\(path): a hard link to \(target)", "\(path) : un lien physique vers \(target)")
    }
    public func dangerDevice(_ path: String) -> String { pick("\(path): a device", "\(path) : un périphérique") }
    public func dangerFIFO(_ path: String) -> String { pick("\(path): a FIFO", "\(path) : un tube nommé (FIFO)") }
    public func dangerPrivileged(_ path: String, _ mode: String) -> String {
        pick(
            "\(path): would run with its owner's rights (mode \(mode))",
            "\(path) : s'exécuterait avec les droits de son propriétaire (mode \(mode))")
    }
    public func dangerTwice(_ path: String) -> String { pick("\(path): is in it twice", "\(path) : y est deux fois") }
    public func dangerUnsupported(_ path: String) -> String {
        pick("\(path): a kind of member that is not known", "\(path) : un type de membre inconnu")
    }
    public func dangerStrangeName(_ path: String) -> String {
        pick("\(path): its name holds characters that are no text", "\(path) : son nom contient des caractères qui ne sont pas du texte")
    }
    public func dangerHidden(_ bytes: UInt64) -> String {
        pick("\(size(bytes)) are hidden behind its end", "\(size(bytes)) sont cachés après sa fin")
    }
    public func lieMissing(_ path: String) -> String {
        pick("\(path): in the manifest, but not in the archive", "\(path) : dans le manifeste, mais pas dans l'archive")
    }
    public func lieExtra(_ path: String) -> String {
        pick("\(path): in the archive, but not in the manifest", "\(path) : dans l'archive, mais pas dans le manifeste")
    }
    public func lieKind(_ path: String) -> String {
        pick("\(path): is of another kind than the manifest says", "\(path) : n'est pas du type que dit le manifeste")
    }
    public func lieSize(_ path: String, _ stated: UInt64, _ found: UInt64) -> String {
        pick(
            "\(path): \(size(found)) where the manifest says \(size(stated))",
            "\(path) : \(size(found)) alors que le manifeste dit \(size(stated))")
    }
    public func lieHash(_ path: String) -> String {
        pick("\(path): its SHA-256 is not that of the manifest", "\(path) : son SHA-256 n'est pas celui du manifeste")
    }
    public func lieAttributes(_ path: String) -> String {
        pick(
            "\(path): mode, owner, time or target differ from the manifest",
            "\(path) : mode, propriétaire, date ou cible diffèrent du manifeste")
    }
    public func archiveDamaged(_ what: String, at offset: UInt64) -> String {
        pick("Damaged at byte \(offset): \(what).", "Endommagée à l'octet \(offset) : \(what).")
    }
    public var damageEndsEarly: String { pick("it ends too early", "elle finit trop tôt") }
    public func damageGzip(_ message: String) -> String { pick("gzip says: \(message)", "gzip dit \(quoted(message))") }
    public var damageHeader: String { pick("the sum of a header is wrong", "la somme d'un en-tête est fausse") }
    public var damageNumber: String { pick("a number in a header is none", "un nombre d'un en-tête n'en est pas un") }
    public var damageExtension: String { pick("an extended header breaks its rules", "un en-tête étendu ne suit pas ses règles") }
}

/// Captures.
extension Language {
    public func captured(_ files: Int, _ path: String, _ bytes: UInt64) -> String {
        pick(
            "\(plural(files, "file", "files")) saved into \(path) (\(size(bytes))). It holds passwords: keep it safe.",
            "\(plural(files, "fichier sauvé", "fichiers sauvés")) dans \(path) (\(size(bytes))). Elle contient des mots de passe : gardez-la en lieu sûr."
        )
    }
    public func lossUnreadable(_ path: String, _ why: String) -> String {
        pick("\(path) could not be read: \(why).", "\(path) n'a pas pu être lu : \(why).")
    }
    public func lossCut(_ path: String, _ bytes: UInt64, _ why: String?) -> String {
        pick("Only the first \(size(bytes)) of \(path) could be read", "Seuls les premiers \(size(bytes)) de \(path) ont pu être lus")
            + (why.map { pick(": ", " : ") + $0 } ?? "") + "."
    }
    public func lossBehindLink(_ path: String) -> String {
        pick("\(path) lies behind a link, which was not followed.", "\(path) se trouve derrière un lien, qui n'a pas été suivi.")
    }
    public func lossNoFile(_ path: String) -> String { pick("\(path) is no file.", "\(path) n'est pas un fichier.") }
    public func lossPrivileged(_ path: String) -> String {
        pick("\(path) was saved without its setuid bit.", "\(path) a été sauvé sans son bit setuid.")
    }
    public func lossStrangeName(_ path: String) -> String {
        pick("\(path) was not saved: its name is no UTF-8.", "\(path) n'a pas été sauvé : son nom n'est pas en UTF-8.")
    }
    public func strangeNames(_ count: Int) -> String {
        pick(
            "\(plural(count, "name is", "names are")) no UTF-8; what bears such a name was not saved, copy it by hand:",
            "\(plural(count, "nom n'est pas", "noms ne sont pas")) en UTF-8 ; ce qui porte un tel nom n'a pas été sauvé, copiez-le à la main :"
        )
    }
    public var savingConfiguration: String { pick("Saving", "Sauvegarde") }
    public func lossTooLarge(_ path: String, _ bytes: UInt64) -> String {
        pick("\(path) has no room in an archive (\(size(bytes))).", "\(path) ne tient pas dans une archive (\(size(bytes))).")
    }
}

/// Complaints about archives.
extension Language {
    public func notAnArchive(_ path: String) -> Complaint {
        Complaint(
            code: "not-an-archive", message: pick("\(path) is no tar archive.", "\(path) n'est pas une archive tar."),
            hint: pick(
                "Give a file that `config capture` or the server's backup page wrote.",
                "Donnez un fichier écrit par `config capture` ou par la page de sauvegarde du serveur."))
    }
    public func archiveTooLarge(_ bytes: UInt64) -> Complaint {
        Complaint(
            code: "archive-too-large",
            message: pick(
                "The archive unpacks to \(size(bytes)) or more: no configuration does.",
                "L'archive se déballe en \(size(bytes)) ou plus : aucune configuration n'en fait autant."), hint: archiveHint)
    }
    public func archiveTooMany(_ members: Int) -> Complaint {
        Complaint(
            code: "archive-too-large",
            message: pick(
                "The archive has more than \(count(members - 1)) members: no configuration has.",
                "L'archive a plus de \(count(members - 1)) membres : aucune configuration n'en a autant."), hint: archiveHint)
    }
    private var archiveHint: String {
        pick("Is it really a configuration? Nothing was unpacked.", "Est-ce vraiment une configuration ? Rien n'a été déballé.")
    }
    public func archiveBroken(_ what: String, at offset: UInt64) -> Complaint {
        Complaint(
            code: "archive-damaged", message: archiveDamaged(what, at: offset),
            hint: pick("Look for another copy of it.", "Cherchez-en une autre copie."))
    }
    public func nothingToCapture(_ root: String) -> Complaint {
        Complaint(
            code: "nothing-to-capture",
            message: pick("\(root) holds nothing of a configuration.", "\(root) ne contient rien d'une configuration."),
            hint: pick(
                "Give the root folder of the old system: camtrace-rescue mount says where it is.",
                "Donnez le dossier racine de l'ancien système : camtrace-rescue mount dit où il est."))
    }
}
