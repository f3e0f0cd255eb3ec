/// What `mount`, `unmount` and `session` say in their help.
public enum SessionHelp: Sendable, CaseIterable {
    case mount, unmount, allVolumes, volumes, at, mode, persist, confirmSerial, overlayStore, mountDryRun, allMounts, places
    case session, sessionShow, sessionExport, sessionOutput, sessionFolder

    public func text(in language: Language) -> String {
        switch self {
        case .mount:
            language.pick(
                "Mount the volumes that hold recordings, without changing one byte of them.",
                "Monter les volumes qui contiennent des enregistrements, sans en changer un octet.")
        case .unmount: language.pick("Take those mounts away again.", "Défaire ces montages.")
        case .allVolumes: language.pick("Every volume with recordings or a system.", "Tous les volumes avec enregistrements ou système.")
        case .volumes: language.pick("A device, a disk, an image, or a UUID.", "Un périphérique, un disque, une image ou un UUID.")
        case .at: language.pick("The folder that receives the mounts.", "Le dossier qui reçoit les montages.")
        case .mode:
            language.pick(
                "read-only (default); overlay: the log is replayed into a layer beside the disk; read-write: the disk itself may change.",
                "read-only (par défaut) ; overlay : le journal est rejoué dans une couche à côté du disque ; read-write : le disque peut changer."
            )
        case .persist:
            language.pick(
                "Write the data volumes into the fstab of the reinstalled system below this folder; the old file is kept.",
                "Inscrire les volumes de données dans le fstab du système réinstallé sous ce dossier ; l'ancien fichier est conservé.")
        case .confirmSerial:
            language.pick(
                "The serial number of the disk that may change, or the UUID of the volume in an image; --mode read-write asks for it.",
                "Le numéro de série du disque qui pourra changer, ou l'UUID du volume d'une image ; --mode read-write le demande.")
        case .overlayStore:
            language.pick(
                "A folder on another disk for what an overlay receives (default: memory).",
                "Un dossier sur un autre disque pour ce que reçoit une couche (par défaut : la mémoire).")
        case .mountDryRun:
            language.pick(
                "Show what would be mounted where, and the fstab lines of --persist, and do nothing.",
                "Montrer ce qui serait monté et où, et les lignes de fstab de --persist, sans rien faire.")
        case .allMounts: language.pick("All mounts of this session.", "Tous les montages de cette session.")
        case .places: language.pick("A mount point, or the device or image.", "Un point de montage, ou le périphérique ou l'image.")
        case .session: language.pick("The ledger of what was done.", "Le registre de ce qui a été fait.")
        case .sessionShow:
            language.pick("Show the session's steps and check its ledger.", "Montrer les étapes de la session et vérifier son registre.")
        case .sessionExport: language.pick("Copy the checked ledger to a file.", "Copier le registre vérifié dans un fichier.")
        case .sessionOutput: language.pick("The file to write.", "Le fichier à écrire.")
        case .sessionFolder:
            language.pick(
                "The session's folder (default: on the stick, else in the user's state folder).",
                "Le dossier de la session (par défaut : sur la clé, sinon dans le dossier d'état de l'utilisateur).")
        }
    }
}

/// Mounts.
extension Language {
    public func mountedReadOnly(_ volume: String, _ place: String) -> String {
        pick("\(volume) is at \(place), read-only.", "\(volume) est sur \(place), en lecture seule.")
    }
    public var logNotShown: String {
        pick(
            "It was not unmounted cleanly. What was written last stands in its log only and is not seen here: files, or all of them, may be missing. To see them, unmount it and mount it with --mode overlay, which replays the log beside the disk.",
            "Il n'a pas été démonté proprement. Ce qui a été écrit en dernier n'est que dans son journal et ne se voit pas ici : des fichiers, ou tous, peuvent manquer. Pour les voir, démontez-le et montez-le avec --mode overlay, qui rejoue le journal à côté du disque."
        )
    }
    public func mountedOverlay(_ volume: String, _ place: String, used: UInt64, room: UInt64) -> String {
        pick(
            "\(volume) is at \(place), its log replayed beside the disk, which stays as it is (\(size(used)) of \(size(room)) used).",
            "\(volume) est sur \(place), son journal rejoué à côté du disque, qui reste tel quel (\(size(used)) sur \(size(room)) utilisés)."
        )
    }
    public func mountedReadWrite(_ volume: String, _ place: String) -> String {
        pick("\(volume) is at \(place). THE DISK CAN CHANGE.", "\(volume) est sur \(place). LE DISQUE PEUT CHANGER.")
    }
    public func isMountedAlready(_ volume: String, _ place: String) -> String {
        pick("\(volume) is mounted already, at \(place).", "\(volume) est déjà monté, sur \(place).")
    }
    public func wouldMount(_ volume: String, _ place: String, _ mode: String) -> String {
        let how =
            switch mode {
            case "read-only": pick("read-only", "en lecture seule")
            case "overlay": pick("with a layer beside the disk", "avec une couche à côté du disque")
            case "read-write": pick("for writing", "en écriture")
            default: mode
            }
        return pick("\(volume) would be mounted at \(place), \(how).", "\(volume) serait monté sur \(place), \(how).")
    }
    public func notMounted(_ volume: String, _ why: String) -> String {
        pick("\(volume) was not mounted: \(why).", "\(volume) n'a pas été monté : \(why).")
    }
    public var nothingWasMounted: String { pick("Nothing was done yet.", "Rien n'a encore été fait.") }
    public func refusedNoFilesystem(_ kind: String) -> String {
        pick("it holds no file system (\(kind))", "il ne contient pas de système de fichiers (\(kind))")
    }
    public var refusedContradictory: String {
        pick(
            "its signatures contradict each other; detect shows them, and a person must decide",
            "ses signatures se contredisent ; detect les montre, et une personne doit décider")
    }
    public func refusedDriver(_ type: String) -> String {
        pick("no safe way to mount \(type) is known", "aucune façon sûre de monter \(type) n'est connue")
    }
    public func refusedWritable(_ place: String) -> String {
        pick(
            "it is mounted at \(place) already, for writing or in another mode; unmount it there first",
            "il est déjà monté sur \(place), en écriture ou dans un autre mode ; démontez-le d'abord")
    }
    public func refusedTwin(_ other: String) -> String {
        pick(
            "\(other) has the same UUID, one is a copy of the other; say which by its path",
            "\(other) a le même UUID, l'un est la copie de l'autre ; choisissez par le chemin")
    }
    /// `isUUID`: an image has no serial number, and its volume's UUID stands for it.
    public func refusedSerial(_ name: String?, isUUID: Bool) -> String {
        let how = name.map { pick(": --confirm-serial \($0)", " : --confirm-serial \($0)") }
        return isUUID
            ? pick(
                "it may only be changed when the UUID of its volume is confirmed",
                "l'image ne peut être modifiée que si l'UUID de son volume est confirmé")
                + (how ?? "")
            : pick(
                "it may only be changed when the disk's serial number is confirmed" + (how ?? "; this disk tells none"),
                "il ne peut être modifié que si le numéro de série du disque est confirmé" + (how ?? " ; ce disque n'en donne pas"))
    }
    public func refusedStore(_ disk: String) -> String {
        pick(
            "the store of the overlay would lie on \(disk), which must not change",
            "le stockage de la couche serait sur \(disk), qui ne doit pas changer")
    }
    public func overlayFull(_ store: String) -> String {
        let place = store == "memory" ? pick("memory", "la mémoire") : store
        return pick(
            "the overlay has too little room in \(place); give it a folder on another disk with --overlay-store",
            "la couche n'a pas assez de place dans \(place) ; donnez-lui un dossier sur un autre disque avec --overlay-store")
    }
    public func volumeChanged(_ expected: String?, _ found: String?) -> String {
        pick(
            "it is not the volume that was looked at: expected UUID \(expected ?? "none"), found \(found ?? "none")",
            "ce n'est pas le volume examiné : UUID attendu \(expected ?? "aucun"), trouvé \(found ?? "aucun")")
    }
    public func typeSerial(_ disk: String, _ name: String, isUUID: Bool) -> String {
        isUUID
            ? pick(
                "\(disk) may be CHANGED. The UUID of its volume is \(name). Type it to go on, or nothing to stop:",
                "\(disk) pourra être MODIFIÉE. L'UUID de son volume est \(name). Tapez-le pour continuer, ou rien pour arrêter :")
            : pick(
                "\(disk) may be CHANGED. Its serial number is \(name). Type it to go on, or nothing to stop:",
                "\(disk) pourra être MODIFIÉ. Son numéro de série est \(name). Tapez-le pour continuer, ou rien pour arrêter :")
    }
    public func unmounted(_ place: String) -> String { pick("\(place) is unmounted.", "\(place) est démonté.") }
    public func notUnmounted(_ place: String, _ why: String) -> String {
        pick("\(place) could not be unmounted: \(why).", "\(place) n'a pas pu être démonté : \(why).")
    }
    public var nothingMounted: String { pick("This session has nothing mounted.", "Cette session n'a rien de monté.") }
    public func persisted(_ volume: String, _ place: String) -> String {
        pick("\(volume) will be mounted at \(place) when the system starts.", "\(volume) sera monté sur \(place) au démarrage du système.")
    }
    public func persistedAlready(_ volume: String, _ place: String) -> String {
        pick("\(volume) was in fstab already, at \(place).", "\(volume) était déjà dans fstab, sur \(place).")
    }
    public func wouldPersist(_ path: String) -> String { pick("Would be added to \(path):", "Serait ajouté à \(path) :") }
    public func oldFileKept(_ path: String) -> String { pick("The old file is kept: \(path)", "L'ancien fichier est conservé : \(path)") }
    public func buildIndexNext(_ places: String) -> String {
        pick(
            "Next, with FILE on another disk: camtrace-rescue index build \(places) --index FILE",
            "Ensuite, avec FICHIER sur un autre disque : camtrace-rescue index build \(places) --index FICHIER")
    }
}

/// Arrays and volume groups.
extension Language {
    public func assembled(_ name: String, _ members: String, isDegraded: Bool) -> String {
        pick("\(name) was assembled read-only from \(members)", "\(name) a été assemblé en lecture seule à partir de \(members)")
            + (isDegraded ? pick("; MEMBERS ARE MISSING.", " ; DES MEMBRES MANQUENT.") : ".")
    }
    public func notAssembled(_ name: String, _ members: String, _ why: String) -> String {
        pick("\(name) could not be assembled from \(members): \(why).", "\(name) n'a pas pu être assemblé à partir de \(members) : \(why).")
    }
    public func wouldAssemble(_ members: String) -> String {
        pick("\(members) would be assembled read-only first.", "\(members) : assemblage préalable en lecture seule.")
    }
    public func disassembled(_ name: String) -> String { pick("\(name) was taken apart.", "\(name) a été arrêté.") }
    public func notDisassembled(_ name: String, _ why: String) -> String {
        pick("\(name) could not be taken apart: \(why).", "\(name) n'a pas pu être arrêté : \(why).")
    }
}

/// The ledger.
extension Language {
    public var stepWord: String { pick("STEP", "ÉTAPE") }
    public var timeUTC: String { pick("TIME (UTC)", "HEURE (UTC)") }
    public func stepName(_ step: String) -> String {
        switch step {
        case "begin": pick("begin", "début")
        case "detect": pick("detect", "détection")
        case "assemble": pick("assemble", "assemblage")
        case "disassemble": pick("take apart", "arrêt")
        case "mount": pick("mount", "montage")
        case "unmount": pick("unmount", "démontage")
        case "waive": pick("waive", "renoncement")
        case "capture": pick("capture", "sauvegarde")
        case "release": pick("release", "remise")
        case "restore": pick("restore", "restauration")
        case "rollback": pick("rollback", "retour arrière")
        default: pick("command", "commande")
        }
    }
    public func entryState(_ state: String) -> String {
        switch state {
        case "intended": pick("announced", "annoncé")
        case "done": pick("done", "fait")
        case "failed": pick("failed", "échec")
        case "refused": pick("refused", "refusé")
        default: pick("interrupted", "interrompu")
        }
    }
    public func ledgerIsWhole(_ lines: Int, _ path: String) -> String {
        pick(
            "\(plural(lines, "line", "lines")), each with the hash of the one before: nothing was changed. \(path)",
            "\(plural(lines, "ligne", "lignes")), chacune avec l'empreinte de la précédente : rien n'a été modifié. \(path)")
    }
    public func volumesSeen(_ names: [String]) -> String {
        names.isEmpty
            ? pick("no recordings", "aucun enregistrement") : pick("recordings on ", "enregistrements sur ") + names.joined(separator: ", ")
    }
    public func ledgerExported(_ lines: Int, _ path: String) -> String {
        pick("\(plural(lines, "line", "lines")) written to \(path).", "\(plural(lines, "ligne", "lignes")) dans \(path).")
    }

    public func noSession(_ path: String) -> Complaint {
        Complaint(
            code: "no-session", message: pick("There is no session in \(path).", "Il n'y a pas de session dans \(path)."),
            hint: pick("A session begins with: camtrace-rescue mount --all", "Une session commence par : camtrace-rescue mount --all"))
    }
    public func sessionBusy(_ path: String) -> Complaint {
        Complaint(
            code: "session-busy",
            message: pick("Another process works in the session \(path).", "Un autre processus travaille dans la session \(path)."),
            hint: pick(
                "Wait until it ends, or look for it: pgrep -a camtrace", "Attendez qu'il finisse, ou cherchez-le : pgrep -a camtrace"))
    }
    public func sessionFailed(_ path: String, reason: String) -> Complaint {
        Complaint(
            code: "session-unwritable",
            message: pick(
                "The session's ledger cannot be written (\(path)): \(reason). Nothing was done.",
                "Le registre de la session ne peut pas être écrit (\(path)) : \(reason). Rien n'a été fait."),
            hint: pick(
                "Is the stick still in, and has it room? Or keep the session elsewhere: --session FOLDER",
                "La clé est-elle branchée, et a-t-elle de la place ? Ou gardez la session ailleurs : --session DOSSIER"))
    }
    public func ledgerChanged(_ path: String, line: Int) -> Complaint {
        Complaint(
            code: "ledger-changed",
            message: pick(
                "Line \(line) of the ledger \(path) is not what was written.",
                "La ligne \(line) du registre \(path) n'est pas celle qui a été écrite."),
            hint: pick(
                "Keep that folder as it is, and begin another session: --session FOLDER",
                "Gardez ce dossier tel quel, et commencez une autre session : --session DOSSIER"))
    }
    public func ledgerCut(_ path: String, lines: Int, found: Int) -> Complaint {
        Complaint(
            code: "ledger-cut",
            message: pick(
                "The ledger \(path) was cut: \(plural(lines, "line", "lines")) written, \(found) found.",
                "Le registre \(path) a été coupé : \(plural(lines, "ligne écrite", "lignes écrites")), \(found) trouvées."),
            hint: pick(
                "Keep that folder as it is, and begin another session: --session FOLDER",
                "Gardez ce dossier tel quel, et commencez une autre session : --session DOSSIER"))
    }
    public func noSuchVolume(_ name: String) -> Complaint {
        Complaint(
            code: "no-such-volume", message: pick("There is no volume \(name).", "Il n'y a pas de volume \(name)."),
            hint: pick("See what there is: camtrace-rescue detect", "Voyez ce qu'il y a : camtrace-rescue detect"))
    }
    public func nothingToMount() -> Complaint {
        Complaint(
            code: "nothing-to-mount",
            message: pick("No volume with recordings or a system was found.", "Aucun volume avec enregistrements ou système trouvé."),
            hint: pick(
                "camtrace-rescue detect says what each disk holds; mount one by its path.",
                "camtrace-rescue detect dit ce que contient chaque disque ; montez-en un par son chemin."))
    }
    public func notOurMount(_ path: String) -> Complaint {
        Complaint(
            code: "not-our-mount", message: pick("\(path) is no mount of this session.", "\(path) n'est pas un montage de cette session."),
            hint: pick(
                "Use umount for what others mounted; camtrace-rescue session show lists ours.",
                "Utilisez umount pour ce que d'autres ont monté ; camtrace-rescue session show montre les nôtres."))
    }
    public func noFstab(_ root: String) -> Complaint {
        Complaint(
            code: "no-fstab",
            message: pick("\(root) holds no system: there is no etc/fstab.", "\(root) ne contient pas de système : pas de etc/fstab."),
            hint: pick("Give the root folder of the reinstalled system.", "Donnez le dossier racine du système réinstallé."))
    }
    public func chooseVolumes() -> Complaint {
        usage(pick("Name the volumes, or say --all.", "Nommez les volumes, ou dites --all."))
    }
    public func overlayNotHere() -> Complaint {
        Complaint(
            code: "no-overlay",
            message: pick(
                "An overlay cannot be made here: dmsetup is not installed, or this kernel has no device mapper.",
                "Une couche (overlay) est impossible ici : dmsetup n'est pas installé, ou ce noyau n'a pas de device mapper."),
            hint: pick(
                "Install dmsetup and load dm_snapshot (modprobe). Where that is impossible, copy the disk to an image (ddrescue), replay the log on the copy, and go on with that.",
                "Installez dmsetup et chargez dm_snapshot (modprobe). Si c'est impossible, copiez le disque dans une image (ddrescue), rejouez le journal sur la copie, et continuez avec elle."
            ))
    }
}
