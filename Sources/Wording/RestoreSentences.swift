/// `config restore` and `config rollback`.
extension Language {
    public var actionWord: String { pick("ACTION", "ACTION") }
    public func restoreAction(_ what: String) -> String {
        switch what {
        case "create": pick("create", "créer")
        case "replace": pick("replace", "remplacer")
        case "propose": pick("write beside", "écrire à côté")
        case "make-folder": pick("make folder", "créer le dossier")
        default: pick("leave", "laisser")
        }
    }
    public func wouldRestore(_ version: String, _ root: String) -> String {
        pick("Version \(version) would be restored into \(root):", "La version \(version) serait restaurée dans \(root) :")
    }
    public func restored(_ files: Int, _ version: String, _ root: String) -> String {
        pick(
            "\(plural(files, "file", "files")) of version \(version) written into \(root).",
            "\(plural(files, "fichier", "fichiers")) de la version \(version) dans \(root).")
    }
    public func nothingToChange(_ root: String) -> String {
        pick("\(root) has all of it already: nothing was changed.", "\(root) contient déjà tout : rien n'a été changé.")
    }
    public func proposedBeside(_ path: String, isDone: Bool) -> String {
        let does = isDone ? pick("was written", "a été écrit") : pick("would be written", "serait écrit")
        return pick(
            "\(path) \(does) beside the new one: compare them by hand, the new system has other disks.",
            "\(path) \(does) à côté du nouveau : comparez à la main, le nouveau système a d'autres disques.")
    }
    public var guardAgrees: String {
        pick(
            "The guard would let this through: every data volume is mounted.",
            "La sécurité l'accepterait : tous les volumes de données sont montés.")
    }
    public var guardObjects: String { pick("The guard would refuse this now. ", "La sécurité le refuserait maintenant. ") }
    public func notPutBack(_ path: String) -> String {
        pick("\(path) was not put back: the archive has only a part of it.", "\(path) n'a pas été remis : l'archive n'en a qu'une partie.")
    }
    public func notConfiguration(_ path: String) -> String {
        pick(
            "\(path) was not put back: the profile does not know it as configuration.",
            "\(path) n'a pas été remis : le profil ne le connaît pas comme configuration.")
    }
    public var willUndoFirst: String {
        pick(
            "A restore was interrupted here: it will be undone first, and the plan may then be another.",
            "Une restauration a été interrompue ici : elle sera d'abord défaite, et le plan pourra alors être différent.")
    }
    public func undoneFirst(_ count: Int) -> String {
        pick(
            "\(plural(count, "interrupted restore", "interrupted restores")) undone first.",
            "\(plural(count, "restauration interrompue défaite", "restaurations interrompues défaites")) d'abord.")
    }
    public func restoreUndoneBy(_ command: String) -> String { pick("To undo it: \(command)", "Pour la défaire : \(command)") }
    public func released(_ path: String) -> String {
        pick(
            "The backup is at \(path). Start the server, see that it shows its recordings, and load this file on its own page for reloading a configuration.",
            "La sauvegarde est dans \(path). Démarrez le serveur, vérifiez qu'il montre ses enregistrements, et chargez ce fichier sur sa propre page de rechargement de configuration."
        )
    }
    public func wouldRelease(_ version: String, _ path: String) -> String {
        pick(
            "The backup of version \(version) would be handed over as \(path).",
            "La sauvegarde de la version \(version) serait remise comme \(path).")
    }
    public func rolledBack(_ files: Int, _ root: String, _ version: String?, _ at: String?) -> String {
        guard let version, let at else {
            return pick(
                "An interrupted step had changed nothing in \(root); what it left was cleared away.",
                "Une étape interrompue n'avait rien changé dans \(root) ; ses restes ont été effacés.")
        }
        return pick(
            "\(root) is as before the restore of version \(version) (\(at)): \(plural(files, "file", "files")) brought back.",
            "\(root) est comme avant la restauration de la version \(version) (\(at)) : \(plural(files, "fichier ramené", "fichiers ramenés"))."
        )
    }
    public func folderKept(_ path: String) -> String {
        pick("\(path) was kept: something else is in it now.", "\(path) a été gardé : il contient autre chose maintenant.")
    }
    public func olderRestores(_ count: Int) -> String {
        pick(
            "\(plural(count, "older restore", "older restores")) can be undone too.",
            "\(plural(count, "restauration plus ancienne peut", "restaurations plus anciennes peuvent")) aussi être défaites.")
    }
    public func waiveNeedsReason() -> Complaint {
        usage(pick("--waive and --because go together.", "--waive et --because vont ensemble."))
    }
    public func outputIsForBackups() -> Complaint {
        usage(
            pick(
                "--output is for backups of the vendor's; a capture is put into --target.",
                "--output est pour les sauvegardes de l'éditeur ; une capture est remise dans --target."))
    }
}

/// The guard.
extension Language {
    private var neverBefore: String {
        pick(
            "A configuration reloaded before its data disks are there makes the server forget its recordings.",
            "Une configuration rechargée avant ses disques de données fait oublier ses enregistrements au serveur.")
    }
    public func guardNothingSeen() -> Complaint {
        Complaint(
            code: "no-data-volume-seen",
            message: pick("This session has seen no data volume yet. ", "Cette session n'a encore vu aucun volume de données. ")
                + neverBefore,
            hint: pick("First: camtrace-rescue mount --all", "D'abord : camtrace-rescue mount --all"))
    }
    public func guardNotMounted(_ path: String, _ uuid: String?) -> Complaint {
        Complaint(
            code: "data-volume-not-mounted",
            message: pick(
                "The data volume \(named(path, uuid)) is not mounted. ", "Le volume de données \(named(path, uuid)) n'est pas monté. ")
                + neverBefore,
            hint: waiver(uuid)
                + pick("First: camtrace-rescue mount \(handle(path, uuid))", "D'abord : camtrace-rescue mount \(handle(path, uuid))"))
    }
    public func guardAnother(_ path: String, _ uuid: String?, found: String?) -> Complaint {
        Complaint(
            code: "data-volume-exchanged",
            message: pick(
                "What is mounted is not the data volume \(named(path, uuid)) that was seen: found \(found ?? "nothing known").",
                "Ce qui est monté n'est pas le volume de données \(named(path, uuid)) qui a été vu : trouvé \(found ?? "rien de connu")."),
            hint: waiver(uuid)
                + pick(
                    "Plug in the disk that was there, then: camtrace-rescue mount \(handle(path, uuid))",
                    "Rebranchez le disque d'avant, puis : camtrace-rescue mount \(handle(path, uuid))"))
    }
    /// `isHidden`: its log was not replayed, and may hold them.
    public func guardNoRecordings(_ path: String, _ uuid: String?, place: String, isHidden: Bool) -> Complaint {
        let mount = "camtrace-rescue mount \(handle(path, uuid))" + (isHidden ? " --mode overlay" : "")
        return Complaint(
            code: "no-recordings-there",
            message: pick(
                "The data volume \(named(path, uuid)) is mounted at \(place), but no recording can be seen there.",
                "Le volume de données \(named(path, uuid)) est monté sur \(place), mais aucun enregistrement n'y est visible."),
            hint: pick(
                "Mount it again: camtrace-rescue unmount \(place); \(mount)",
                "Remontez-le : camtrace-rescue unmount \(place) ; \(mount)"))
    }
    public func guardWaivesUnseen(_ uuid: String) -> Complaint {
        Complaint(
            code: "waives-unseen",
            message: pick("This session never saw a data volume \(uuid).", "Cette session n'a jamais vu de volume de données \(uuid)."),
            hint: pick("Those that it saw: camtrace-rescue session show", "Ceux qu'elle a vus : camtrace-rescue session show"))
    }
    public func guardWaivesMounted(_ uuid: String, place: String) -> Complaint {
        Complaint(
            code: "waives-mounted",
            message: pick(
                "The data volume \(uuid) is not gone: it is mounted at \(place).",
                "Le volume de données \(uuid) n'est pas perdu : il est monté sur \(place)."),
            hint: pick("Leave --waive out.", "N'utilisez pas --waive."))
    }
    /// Devices change their names, images do not.
    private func handle(_ path: String, _ uuid: String?) -> String { path.hasPrefix("/dev/") ? uuid ?? path : path }
    private func named(_ path: String, _ uuid: String?) -> String { path + (uuid.map { " (UUID \($0))" } ?? "") }
    private func waiver(_ uuid: String?) -> String {
        guard let uuid else { return "" }
        return pick(
            "Only what is really gone is given up, with --waive \(uuid) --because \"why\". ",
            "On ne renonce qu'à ce qui est vraiment perdu, avec --waive \(uuid) --because \"raison\". ")
    }
}

/// Complaints about archives and targets.
extension Language {
    public func archiveUnsound(_ path: String, _ problems: Int) -> Complaint {
        Complaint(
            code: "archive-unsound",
            message: pick(
                "\(path) cannot be trusted: \(plural(problems, "problem", "problems")). Nothing was written.",
                "On ne peut pas se fier à \(path) : \(plural(problems, "problème", "problèmes")). Rien n'a été écrit."),
            hint: pick("See them: camtrace-rescue config inspect \(path)", "Voyez-les : camtrace-rescue config inspect \(path)"))
    }
    public func targetMissing(_ path: String, _ why: String) -> Complaint {
        Complaint(
            code: "target-missing",
            message: pick("The target \(path) cannot be opened: \(why).", "La cible \(path) ne peut pas être ouverte : \(why)."),
            hint: rootHint)
    }
    private var rootHint: String {
        pick("Give the root folder of the reinstalled system.", "Donnez le dossier racine du système réinstallé.")
    }
    public func targetIsNoServer(_ root: String, _ product: String, _ found: String?) -> Complaint {
        Complaint(
            code: "target-is-no-server",
            message: pick("\(root) holds no \(product)", "\(root) ne contient pas de \(product)") + (found.map { " (\($0))" } ?? "") + ".",
            hint: pick(
                "Reinstall the server first, then give its root folder; --profile FILE where it is not recognised.",
                "Réinstallez d'abord le serveur, puis donnez son dossier racine ; --profile FICHIER s'il n'est pas reconnu."))
    }
    public func targetVersionUnknown(_ root: String) -> Complaint {
        Complaint(
            code: "target-version-unknown",
            message: pick("Which version \(root) holds cannot be told.", "Impossible de dire quelle version contient \(root)."),
            hint: pick(
                "Say in a profile where it stands: --profile FILE; camtrace-rescue detect shows what was read.",
                "Dites dans un profil où elle se trouve : --profile FICHIER ; camtrace-rescue detect montre ce qui a été lu."))
    }
    public func versionDiffers(_ archive: String, _ target: String) -> Complaint {
        Complaint(
            code: "version-differs",
            message: pick(
                "The configuration is of version \(archive), the reinstalled server of \(target): they must be the same.",
                "La configuration est de la version \(archive), le serveur réinstallé de la \(target) : elles doivent être les mêmes."),
            hint: pick("Reinstall version \(archive) first.", "Réinstallez d'abord la version \(archive)."))
    }
    public func versionContradicts(_ archive: String, _ given: String) -> Complaint {
        Complaint(
            code: "version-contradicts",
            message: pick(
                "The archive says version \(archive), and --version says \(given).",
                "L'archive dit la version \(archive), et --version dit \(given)."),
            hint: pick("Leave --version out.", "N'utilisez pas --version."))
    }
    public func versionUnknown(_ path: String) -> Complaint {
        Complaint(
            code: "version-unknown",
            message: pick("\(path) does not say its version.", "\(path) ne dit pas sa version."),
            hint: pick(
                "If you know which server it comes from: --version 7.14.0.3",
                "Si vous savez de quel serveur elle vient : --version 7.14.0.3"))
    }
    public func targetIsRunning() -> Complaint {
        Complaint(
            code: "target-is-running",
            message: pick("The target is the system that runs now.", "La cible est le système en marche."),
            hint: pick("If that is what you want: --running-system", "Si c'est voulu : --running-system"))
    }
    public func targetIsSource(_ root: String, _ place: String) -> Complaint {
        Complaint(
            code: "target-is-source",
            message: pick(
                "\(root) lies on \(place), which this session only reads.",
                "\(root) se trouve sur \(place), que cette session ne fait que lire."),
            hint: rootHint)
    }
    public func targetInTheWay(_ path: String) -> Complaint {
        Complaint(
            code: "target-in-the-way",
            message: pick(
                "\(path) in the target is something else than the archive needs there (a link, a folder, a file).",
                "\(path) dans la cible est autre chose que ce que l'archive y demande (un lien, un dossier, un fichier)."),
            hint: pick("Nothing was changed. Look at it, and move it away.", "Rien n'a été changé. Regardez-le, et déplacez-le."))
    }
    public func targetBusy(_ root: String) -> Complaint {
        Complaint(
            code: "target-busy",
            message: pick("Another process restores into \(root).", "Un autre processus restaure dans \(root)."),
            hint: pick("Wait until it ends: pgrep -a camtrace", "Attendez qu'il finisse : pgrep -a camtrace"))
    }
    public func nothingToRollBack(_ root: String) -> Complaint {
        Complaint(
            code: "nothing-to-roll-back",
            message: pick("Nothing was restored into \(root).", "Rien n'a été restauré dans \(root)."), hint: rootHint)
    }
    public func rollbackDamaged(_ path: String) -> Complaint {
        Complaint(
            code: "rollback-damaged",
            message: pick(
                "\(path) is not what was kept there to go back to.", "\(path) n'est pas ce qui y était gardé pour revenir en arrière."),
            hint: pick(
                "Go no further; keep that folder, and reinstall the system.",
                "N'allez pas plus loin ; gardez ce dossier, et réinstallez le système."))
    }
    public func archiveChanged(_ path: String) -> Complaint {
        Complaint(
            code: "archive-changed",
            message: pick(
                "\(path) changed while it was read; everything is as it was before.",
                "\(path) a changé pendant la lecture ; tout est comme avant."),
            hint: pick("Is its disk sound? Copy it to another one.", "Son disque est-il sain ? Copiez-la sur un autre."))
    }
}
