/// The commonest answers of the kernel, by their Linux error numbers.
extension Language {
    /// `unnamed`: what the system itself calls it, in English.
    public func systemReason(_ errno: Int32, unnamed: String) -> String {
        systemReason(errno) ?? pick(unnamed, "erreur \(errno) du système, « \(unnamed) »")
    }

    public func systemReason(_ errno: Int32) -> String? {
        switch errno {
        case 2: pick("no such file or folder", "fichier ou dossier inexistant")
        case 5: pick("the disk answers with an error", "le disque répond par une erreur")
        case 13: pick("permission denied", "permission refusée")
        case 1: pick("not permitted; become root (sudo)", "non autorisé ; devenez root (sudo)")
        case 16: pick("somebody still works in it", "quelqu'un y travaille encore")
        case 17: pick("it exists already", "il existe déjà")
        case 19: pick("the kernel has no driver for it", "le noyau n'a pas de pilote pour cela")
        case 20: pick("not a folder", "ce n'est pas un dossier")
        case 21: pick("it is a folder", "c'est un dossier")
        case 28: pick("no space left", "plus de place")
        case 30: pick("the file system is read-only", "le système de fichiers est en lecture seule")
        case 32: pick("the reader went away", "le lecteur s'est arrêté")
        case 36: pick("the name is too long", "le nom est trop long")
        case 40: pick("too many links", "trop de liens")
        case 6: pick("no such device", "périphérique absent")
        case 12: pick("not enough memory", "mémoire insuffisante")
        case 18: pick("it lies on another disk", "il est sur un autre disque")
        case 22: pick("it is not accepted there", "ce n'est pas accepté à cet endroit")
        case 24: pick("too many open files", "trop de fichiers ouverts")
        case 27: pick("too large for this file system", "trop grand pour ce système de fichiers")
        case 39: pick("the folder is not empty", "le dossier n'est pas vide")
        case 61: pick("the disk gives no data", "le disque ne donne pas de données")
        case 74, 117: pick("the file system is damaged", "le système de fichiers est endommagé")
        case 95: pick("not possible there", "impossible à cet endroit")
        case 110: pick("no answer in time", "pas de réponse à temps")
        case 116: pick("it is gone from the server", "il a disparu du serveur")
        case 121: pick("the disk answers with an error", "le disque répond par une erreur")
        case 122: pick("the quota is used up", "le quota est épuisé")
        case 123: pick("no medium in the drive", "pas de support dans le lecteur")
        default: nil
        }
    }
}
