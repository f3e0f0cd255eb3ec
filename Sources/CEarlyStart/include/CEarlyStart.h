// Nothing to declare: linking this target is enough, its constructor runs by itself.
