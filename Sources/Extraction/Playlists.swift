/// Playlists with relative paths: the folder can be copied anywhere.
enum Playlists {
    struct Entry {
        /// Relative to the playlist.
        var path: String
        var title: String
        /// Microseconds.
        var duration: Int64
    }

    /// Extended M3U in UTF-8.
    static func m3u8(_ entries: [Entry]) -> String {
        var result = "#EXTM3U\n"
        for entry in entries {
            result +=
                "#EXTINF:\((entry.duration + 500_000) / 1_000_000),\(entry.title.replacing("\n", with: " "))\n\(percentEncoded(entry.path))\n"
        }
        return result
    }

    /// XSPF 1 (xspf.org).
    static func xspf(_ entries: [Entry], title: String) -> String {
        var result = """
            <?xml version="1.0" encoding="UTF-8"?>
            <playlist version="1" xmlns="http://xspf.org/ns/0/">
              <title>\(escaped(title))</title>
              <trackList>

            """
        for entry in entries {
            result += "    <track><location>\(escaped(percentEncoded(entry.path)))</location><title>\(escaped(entry.title))</title>"
            result += "<duration>\((entry.duration + 500) / 1000)</duration></track>\n"
        }
        return result + "  </trackList>\n</playlist>\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }

    /// A relative URI reference (RFC 3986): what is not unreserved, and not a slash, is escaped.
    private static func percentEncoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var result = ""
        for byte in path.utf8 {
            let scalar = Unicode.Scalar(byte)
            let plain =
                (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || "-._~/+".unicodeScalars.contains(scalar)
            if plain {
                result.unicodeScalars.append(scalar)
            } else {
                result += "%"
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return result
    }
}
