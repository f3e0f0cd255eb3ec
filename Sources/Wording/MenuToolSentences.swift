/// The menu, beside the way to the clips: the configuration, other tools, the stick, the end.
extension Language {
    // MARK: configuration

    public var menuCapture: String {
        pick(
            "Save the configuration of a system",
            "Sauver la configuration d'un système")
    }
    public var menuCaptureDetail: String {
        pick(
            "Copies the settings of a mounted system into an archive with checksums. The system is only read.",
            "Copie les réglages d'un système monté dans une archive avec sommes de contrôle. Le système est seulement lu.")
    }
    public var menuCheck: String {
        pick(
            "Say whether a system can be migrated",
            "Dire si un système peut être migré")
    }
    public var menuCheckDetail: String {
        pick(
            "Reads packages and settings of a mounted system. Nothing is written.",
            "Lit les paquets et réglages d'un système monté. Rien n'est écrit.")
    }
    public var menuRestore: String {
        pick(
            "Restore the configuration",
            "Restaurer la configuration")
    }
    public var menuRestoreDetail: String {
        pick(
            "Puts saved settings into a newly installed system. Writes to that system's disk, after you typed its serial number; can be rolled back.",
            "Remet les réglages sauvés dans un système fraîchement installé. Écrit sur le disque de ce système, après saisie de son numéro de série ; peut être annulé."
        )
    }
    public func menuRestoreWaits(_ reason: String) -> String {
        pick(
            "Restoring is not possible yet. \(reason)",
            "Restaurer n'est pas encore possible. \(reason)")
    }
    public var menuRollback: String {
        pick(
            "Undo the last restoration",
            "Annuler la dernière restauration")
    }
    public var menuRollbackDetail: String {
        pick(
            "Puts back every file that the last restoration replaced.",
            "Remet chaque fichier que la dernière restauration a remplacé.")
    }
    public var menuNoSystemMounted: String {
        pick(
            "No system is mounted. Mount it first.",
            "Aucun système n'est monté. Montez-le d'abord.")
    }
    public var menuNoSystem: String {
        pick(
            "No system was found on the disks.",
            "Aucun système n'a été trouvé sur les disques.")
    }
    public var menuWhichSystem: String {
        pick(
            "Which one?",
            "Lequel ?")
    }
    public var menuWhichArchive: String {
        pick(
            "The archive with the saved configuration:",
            "L'archive avec la configuration sauvée :")
    }
    public var menuAnotherFile: String {
        pick(
            "Another file …",
            "Un autre fichier …")
    }
    public var menuWhichTarget: String {
        pick(
            "The newly installed system that takes the configuration:",
            "Le système fraîchement installé qui reçoit la configuration :")
    }
    public var menuTypeSerial: String {
        pick(
            "This writes to the system's disk. To confirm that it is the one you mean, type its serial number:",
            "Cela écrit sur le disque du système. Pour confirmer que c'est bien lui, tapez son numéro de série :")
    }
    public var menuSerial: String {
        pick(
            "Serial number",
            "Numéro de série")
    }

    // MARK: other tools

    public var menuCarve: String {
        pick(
            "Find recordings on a formatted or damaged disk",
            "Retrouver des enregistrements sur un disque formaté ou abîmé")
    }
    public var menuCarveDetail: String {
        pick(
            "Reads every sector and takes out what has the structure of a recording. Only reads; can be stopped, and goes on where it was.",
            "Lit chaque secteur et extrait ce qui a la structure d'un enregistrement. Ne fait que lire ; peut être arrêté, et reprend où il en était."
        )
    }
    public var menuWhichVolume: String {
        pick(
            "Which volume?",
            "Quel volume ?")
    }
    public func menuCarveWords(_ volume: String, _ output: String) -> String {
        pick(
            "Reads \(volume) from end to end; writes to \(output). Hours for a large disk.",
            "Lit \(volume) de bout en bout ; écrit dans \(output). Des heures pour un grand disque.")
    }
    public var menuCopyDisk: String {
        pick(
            "Copy a failing disk first (ddrescue)",
            "Copier d'abord un disque en panne (ddrescue)")
    }
    public var menuCopyDiskDetail: String {
        pick(
            "Copies everything that can still be read, the good parts first, and goes on where it was. Then work on the copy.",
            "Copie tout ce qui se lit encore, les bonnes parties d'abord, et reprend où il en était. Travaillez ensuite sur la copie.")
    }
    public var menuWhichDisk: String {
        pick(
            "Which disk?",
            "Quel disque ?")
    }
    public func menuTooSmall(_ needed: String, _ free: String) -> String {
        pick(
            "The copy needs \(needed); the destination has \(free).",
            "La copie demande \(needed) ; la destination a \(free).")
    }
    public func menuTooLargeForFAT(_ size: String) -> String {
        pick(
            "The destination is FAT32, whose files end at 4 GiB; this disk has \(size). Choose one with exFAT, NTFS or ext4.",
            "La destination est en FAT32, dont les fichiers s'arrêtent à 4 Gio ; ce disque fait \(size). Prenez-en une en exFAT, NTFS ou ext4."
        )
    }
    public var menuCopyGoesOn: String {
        pick("A copy of this disk was begun here: it goes on.", "Une copie de ce disque est commencée ici : elle continue.")
    }
    public func menuNoTool(_ name: String) -> String {
        pick(
            "\(name) is not installed here.",
            "\(name) n'est pas installé ici.")
    }
    public var menuLedger: String {
        pick(
            "What was done: the ledger",
            "Ce qui a été fait : le journal")
    }
    public var menuLedgerDetail: String {
        pick(
            "Every step of this session, each line sealed by the next.",
            "Chaque étape de cette session, chaque ligne scellée par la suivante.")
    }

    // MARK: the stick

    public var menuGrowTitle: String {
        pick(
            "Make room for results on this stick",
            "Faire de la place pour les résultats sur cette clé")
    }
    public var menuGrow: String {
        pick(
            "The unused rest of the rescue stick becomes an exFAT partition for results. Nothing else on it changes.",
            "Le reste inutilisé de la clé de secours devient une partition exFAT pour les résultats. Rien d'autre n'y change.")
    }
    public var menuNetworkUp: String {
        pick(
            "Start the network",
            "Démarrer le réseau")
    }
    public var menuNetworkDown: String {
        pick(
            "Stop the network",
            "Arrêter le réseau")
    }
    public var menuNetworkDetail: String {
        pick(
            "An address by DHCP. Nothing is offered to others.",
            "Une adresse par DHCP. Rien n'est offert aux autres.")
    }
    public var menuSSHOn: String {
        pick(
            "Let another computer in (SSH)",
            "Laisser entrer un autre ordinateur (SSH)")
    }
    public var menuSSHOff: String {
        pick(
            "Close it to other computers (SSH)",
            "Fermer aux autres ordinateurs (SSH)")
    }
    public var menuSSHDetail: String {
        pick(
            "With a password for this time only, which is shown here.",
            "Avec un mot de passe pour cette fois seulement, affiché ici.")
    }
    public var menuVerify: String {
        pick(
            "Verify this stick",
            "Vérifier cette clé")
    }
    public var menuVerifyDetail: String {
        pick(
            "Compares what is on the stick with its checksums.",
            "Compare le contenu de la clé avec ses sommes de contrôle.")
    }
    public var menuAttach: String { pick("Look for the stick again", "Rechercher la clé") }
    public var menuAttachDetail: String {
        pick(
            "Plug it in again first. What is done from then on is written to it.",
            "Rebranchez-la d'abord. Ce qui est fait ensuite y est écrit.")
    }
    public var menuClockWrong: String {
        pick(
            "The clock here is wrong: dates in reports too, not those of recordings.",
            "Horloge fausse : dates des rapports aussi, pas celles des vidéos.")
    }
    public var menuSessionLost: String {
        pick(
            "The stick was pulled out: nothing is written to the ledger any more.",
            "La clé a été retirée : plus rien n'est écrit dans le journal.")
    }
    public var menuSessionInMemory: String {
        pick(
            "The ledger is kept in memory: it is lost when the power goes.",
            "Le journal est gardé en mémoire : il se perd si le courant est coupé.")
    }

    // MARK: the end

    public var menuLeaveWords: String {
        pick(
            "Everything is unmounted first; then disks can be unplugged.",
            "Tout est d'abord démonté ; ensuite les disques peuvent être débranchés.")
    }
    public var menuUnmountAndStay: String {
        pick(
            "Unmount, and stay here",
            "Démonter, et rester ici")
    }
    public var menuPowerOff: String {
        pick(
            "Switch the machine off",
            "Éteindre la machine")
    }
    public var menuRestart: String {
        pick(
            "Restart the machine",
            "Redémarrer la machine")
    }
    public var menuQuit: String {
        pick(
            "Leave the menu",
            "Quitter le menu")
    }
    public var menuMayUnplug: String {
        pick(
            "Nothing is mounted any more. Disks can be unplugged.",
            "Plus rien n'est monté. Les disques peuvent être débranchés.")
    }
    public var menuShell: String {
        pick(
            "A shell. To come back to the menu, type: exit",
            "Un shell. Pour revenir au menu, tapez : exit")
    }
}
