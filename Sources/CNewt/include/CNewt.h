#ifndef CNEWT_H
#define CNEWT_H

#include <stdbool.h>

// newt, the windows of Debian's installer, loaded when the menu begins and not before: every other command runs where it is
// not installed. A component is what newt calls one; it belongs to the form it was added to.

#pragma clang assume_nonnull begin

typedef void *cnewt_component;

// Loads the library, once. False where it is not installed, or where nothing can be loaded (the portable flavour).
bool cnewt_load(void);

bool cnewt_open(void);
void cnewt_close(void);
void cnewt_suspend(void);
void cnewt_resume(void);
void cnewt_size(int *columns, int *rows);
void cnewt_root_text(int column, int row, const char *text);
void cnewt_help_line(const char *text);
void cnewt_refresh(void);

void cnewt_window(int width, int height, const char *title);
void cnewt_pop_window(void);

cnewt_component cnewt_form(void);
void cnewt_add(cnewt_component form, cnewt_component component);
void cnewt_focus(cnewt_component form, cnewt_component component);
cnewt_component cnewt_focused(cnewt_component form);
void cnewt_hot_key(cnewt_component form, int key);
void cnewt_timer(cnewt_component form, int milliseconds);
void cnewt_draw(cnewt_component form);
void cnewt_destroy(cnewt_component form);

enum { CNEWT_KEY_ENTER = '\r', CNEWT_KEY_ESCAPE = 27, CNEWT_KEY_F2 = 0x8000 + 102 };
enum cnewt_reason { CNEWT_HOT_KEY, CNEWT_COMPONENT, CNEWT_READY, CNEWT_TIMER, CNEWT_ERROR };
// Until something happens: `key` of a hot key, `chosen` of a component.
enum cnewt_reason cnewt_run(cnewt_component form, int *key, cnewt_component _Nullable *_Nonnull chosen);

cnewt_component cnewt_label(int left, int top, const char *text);
void cnewt_set_label(cnewt_component label, const char *text);
cnewt_component cnewt_button(int left, int top, const char *text);
cnewt_component cnewt_text(int left, int top, int width, int height, bool scrolls);
void cnewt_set_text(cnewt_component text, const char *words);
cnewt_component cnewt_list(int left, int top, int width, int height, bool scrolls);
void cnewt_append(cnewt_component list, const char *text, long tag);
void cnewt_select(cnewt_component list, int row);
long cnewt_current(cnewt_component list);
cnewt_component cnewt_ticks(int left, int top, int width, int height, bool scrolls);
void cnewt_append_tick(cnewt_component ticks, const char *text, long tag, bool ticked);
bool cnewt_ticked(cnewt_component ticks, long tag);
cnewt_component cnewt_entry(int left, int top, int width, const char *value, bool hidden);
// Newt's own; copy it.
const char *_Nullable cnewt_value(cnewt_component entry);
cnewt_component cnewt_scale(int left, int top, int width, long long full);
void cnewt_set_scale(cnewt_component scale, long long amount);

// Called whenever another row of a list is the current one.
void cnewt_on_change(cnewt_component component, void (*call)(cnewt_component, void *), void *context);

#pragma clang assume_nonnull end

#endif
