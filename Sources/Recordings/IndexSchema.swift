/// The tables of the index: a contract with every program that reads it. Columns may be added, none may change its meaning.
enum IndexSchema {
    /// "CTRX"
    static let applicationID: Int32 = 0x4354_5258
    static let userVersion: Int32 = 1

    static let tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);
        CREATE TABLE volume(
            id INTEGER PRIMARY KEY, uuid TEXT, label TEXT, filesystem TEXT, device_serial TEXT,
            source_path TEXT, scanned_at TEXT);
        CREATE TABLE camera(id INTEGER PRIMARY KEY, key TEXT UNIQUE, name TEXT);
        CREATE TABLE segment(
            id INTEGER PRIMARY KEY, volume_id INTEGER NOT NULL REFERENCES volume(id),
            path TEXT NOT NULL, path_encoding TEXT NOT NULL, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
            camera_id INTEGER REFERENCES camera(id), stream TEXT, kind TEXT NOT NULL, protected INTEGER NOT NULL,
            container TEXT, video_codec TEXT, width INTEGER, height INTEGER, audio_codec TEXT,
            start_us INTEGER, duration_us INTEGER, frame_count INTEGER, keyframe_count INTEGER,
            time_source TEXT NOT NULL, time_uncertainty_us INTEGER,
            state TEXT NOT NULL, playable_bytes INTEGER, sha256 BLOB,
            -- facts that a later build starts from without reading the file again
            embedded_us INTEGER, embedded_kind TEXT, embedded_uncertainty_us INTEGER);
        CREATE TABLE finding(
            id INTEGER PRIMARY KEY, segment_id INTEGER NOT NULL REFERENCES segment(id),
            code TEXT NOT NULL, byte_offset INTEGER, message TEXT NOT NULL, detail TEXT);
        -- the same footage lying in a second place
        CREATE TABLE duplicate(
            segment_id INTEGER NOT NULL REFERENCES segment(id), volume_id INTEGER NOT NULL REFERENCES volume(id),
            path TEXT NOT NULL, path_encoding TEXT NOT NULL, size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL);
        -- a segment that is byte ranges of a disk without a file system (`carve`), in their order; the volume's source is the disk
        CREATE TABLE extent(
            segment_id INTEGER NOT NULL REFERENCES segment(id), position INTEGER NOT NULL,
            offset_bytes INTEGER NOT NULL, length_bytes INTEGER NOT NULL);
        -- files that are no video: never opened again while they stay as they are
        CREATE TABLE other_file(
            volume_id INTEGER NOT NULL REFERENCES volume(id), path TEXT NOT NULL, path_encoding TEXT NOT NULL,
            size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL);
        """

    /// Made when the rows are there: filling a table with indexes costs twice the time.
    static let indexes = """
        CREATE INDEX IF NOT EXISTS segment_path ON segment(volume_id, path);
        CREATE INDEX IF NOT EXISTS segment_time ON segment(camera_id, start_us);
        CREATE INDEX IF NOT EXISTS finding_segment ON finding(segment_id);
        CREATE INDEX IF NOT EXISTS other_file_path ON other_file(volume_id, path);
        CREATE INDEX IF NOT EXISTS duplicate_segment ON duplicate(segment_id);
        CREATE INDEX IF NOT EXISTS extent_segment ON extent(segment_id);
        """

    /// Enough to look files up in a build that was killed.
    static let resumeIndexes = """
        CREATE INDEX IF NOT EXISTS segment_path ON segment(volume_id, path);
        CREATE INDEX IF NOT EXISTS finding_segment ON finding(segment_id);
        CREATE INDEX IF NOT EXISTS other_file_path ON other_file(volume_id, path);
        """
}
