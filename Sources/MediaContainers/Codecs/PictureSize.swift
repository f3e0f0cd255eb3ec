/// The size that a sample itself states: a key frame with its parameter sets in front, an image.
enum PictureSize {
    /// Pixels; nil where the sample does not say.
    static func of(_ sample: UnsafeRawBufferPointer, codec: VideoCodec, lengthSize: Int?) -> (width: Int, height: Int)? {
        switch codec {
        case .h264, .h265:
            var sets = ParameterSets(codec: codec)
            if let lengthSize {
                for unit in NALUnits.LengthPrefixed(sample, lengthSize: lengthSize) { sets.add(unit) }
            } else {
                for unit in NALUnits.AnnexB(sample) { sets.add(unit) }
            }
            return sets.dimensions
        case .mpeg4:
            var from = 0
            while let code = StartCodes.first(in: sample, from: from), code + 3 < sample.count, sample[code + 3] != MPEG4Visual.vop {
                let unit = UnsafeRawBufferPointer(rebasing: sample[(code + 3)...])
                if let layer = MPEG4Layer(unit), layer.width > 0 { return (layer.width, layer.height) }
                from = code + 3
            }
            return nil
        case .mjpeg:
            guard case .image(let image) = JPEGImage.parse(sample) else { return nil }
            return (image.width, image.height)
        default:
            return nil
        }
    }
}
