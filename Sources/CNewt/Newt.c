#include "CNewt.h"

#include <dlfcn.h>
#include <langinfo.h>
#include <locale.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Not asked for by the static program, which can load nothing.
#pragma weak dlopen
#pragma weak dlsym

// newt.h, libnewt 0.52: its interface has not changed since 2002.
struct exit_state {
    enum cnewt_reason reason;
    union {
        int watch;
        int key;
        cnewt_component component;
    } value;
};
enum {
    RETURN_EXIT = 1 << 0, HIDDEN = 1 << 1, SCROLL = 1 << 2, WRAP = 1 << 6, NO_F12 = 1 << 7, SELECTED = 1 << 9,
    END_OF_ARGUMENTS = -100000, APPEND = -1
};

#define FUNCTIONS(X) \
    X(int, newtInit, (void)) \
    X(int, newtFinished, (void)) \
    X(void, newtCls, (void)) \
    X(void, newtSuspend, (void)) \
    X(int, newtResume, (void)) \
    X(void, newtRefresh, (void)) \
    X(void, newtGetScreenSize, (int *, int *)) \
    X(void, newtDrawRootText, (int, int, const char *)) \
    X(void, newtPushHelpLine, (const char *)) \
    X(void, newtPopHelpLine, (void)) \
    X(int, newtCenteredWindow, (unsigned, unsigned, const char *)) \
    X(void, newtPopWindow, (void)) \
    X(cnewt_component, newtForm, (cnewt_component, void *, int)) \
    X(void, newtFormAddComponent, (cnewt_component, cnewt_component)) \
    X(void, newtFormSetCurrent, (cnewt_component, cnewt_component)) \
    X(cnewt_component, newtFormGetCurrent, (cnewt_component)) \
    X(void, newtFormAddHotKey, (cnewt_component, int)) \
    X(void, newtFormSetTimer, (cnewt_component, int)) \
    X(void, newtFormRun, (cnewt_component, struct exit_state *)) \
    X(void, newtDrawForm, (cnewt_component)) \
    X(void, newtFormDestroy, (cnewt_component)) \
    X(cnewt_component, newtLabel, (int, int, const char *)) \
    X(void, newtLabelSetText, (cnewt_component, const char *)) \
    X(cnewt_component, newtCompactButton, (int, int, const char *)) \
    X(cnewt_component, newtTextbox, (int, int, int, int, int)) \
    X(void, newtTextboxSetText, (cnewt_component, const char *)) \
    X(cnewt_component, newtListbox, (int, int, int, int)) \
    X(void, newtListboxSetWidth, (cnewt_component, int)) \
    X(int, newtListboxAppendEntry, (cnewt_component, const char *, const void *)) \
    X(void, newtListboxSetCurrent, (cnewt_component, int)) \
    X(void *, newtListboxGetCurrent, (cnewt_component)) \
    X(cnewt_component, newtCheckboxTree, (int, int, int, int)) \
    X(void, newtCheckboxTreeSetWidth, (cnewt_component, int)) \
    X(int, newtCheckboxTreeAddItem, (cnewt_component, const char *, const void *, int, int, ...)) \
    X(char, newtCheckboxTreeGetEntryValue, (cnewt_component, const void *)) \
    X(cnewt_component, newtEntry, (int, int, const char *, int, const char **, int)) \
    X(char *, newtEntryGetValue, (cnewt_component)) \
    X(cnewt_component, newtScale, (int, int, int, long long)) \
    X(void, newtScaleSet, (cnewt_component, unsigned long long)) \
    X(void, newtComponentAddCallback, (cnewt_component, void (*)(cnewt_component, void *), void *))

#define DECLARE(result, name, arguments) static result(*name) arguments;
FUNCTIONS(DECLARE)

bool cnewt_load(void) {
    static bool is_loaded;
    if (is_loaded) return true;
    if (!dlopen || !dlsym) return false;
    void *library = dlopen("libnewt.so.0.52", RTLD_NOW | RTLD_GLOBAL);
    if (!library) return false;
#define LOAD(result, name, arguments) \
    if (!(name = (result(*) arguments)dlsym(library, #name))) return false;
    FUNCTIONS(LOAD)
    return is_loaded = true;
}

bool cnewt_open(void) {
    if (!cnewt_load()) return false;
    setlocale(LC_CTYPE, "");
    // A stick has no locales but this one, and everything here is UTF-8.
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
    if (newtInit() != 0) return false;
    newtCls();
    return true;
}

void cnewt_close(void) { newtFinished(); }
void cnewt_suspend(void) { newtSuspend(); }
void cnewt_resume(void) { newtResume(); }
void cnewt_size(int *columns, int *rows) { newtGetScreenSize(columns, rows); }
void cnewt_root_text(int column, int row, const char *text) { newtDrawRootText(column, row, text); }
void cnewt_refresh(void) { newtRefresh(); }

void cnewt_help_line(const char *text) {
    newtPopHelpLine();
    newtPushHelpLine(text);
}

void cnewt_window(int width, int height, const char *title) { newtCenteredWindow((unsigned)width, (unsigned)height, title); }
void cnewt_pop_window(void) { newtPopWindow(); }

cnewt_component cnewt_form(void) { return newtForm(NULL, NULL, NO_F12); }
void cnewt_add(cnewt_component form, cnewt_component component) { newtFormAddComponent(form, component); }
void cnewt_focus(cnewt_component form, cnewt_component component) { newtFormSetCurrent(form, component); }
cnewt_component cnewt_focused(cnewt_component form) { return newtFormGetCurrent(form); }
void cnewt_hot_key(cnewt_component form, int key) { newtFormAddHotKey(form, key); }
void cnewt_timer(cnewt_component form, int milliseconds) { newtFormSetTimer(form, milliseconds); }
void cnewt_draw(cnewt_component form) { newtDrawForm(form); }
void cnewt_destroy(cnewt_component form) { newtFormDestroy(form); }

enum cnewt_reason cnewt_run(cnewt_component form, int *key, cnewt_component *chosen) {
    struct exit_state state = {.reason = CNEWT_ERROR};
    newtFormRun(form, &state);
    if (state.reason == CNEWT_HOT_KEY) *key = state.value.key;
    if (state.reason == CNEWT_COMPONENT) *chosen = state.value.component;
    return state.reason;
}

cnewt_component cnewt_label(int left, int top, const char *text) { return newtLabel(left, top, text); }
void cnewt_set_label(cnewt_component label, const char *text) { newtLabelSetText(label, text); }
cnewt_component cnewt_button(int left, int top, const char *text) { return newtCompactButton(left, top, text); }

cnewt_component cnewt_text(int left, int top, int width, int height, bool scrolls) {
    return newtTextbox(left, top, width, height, WRAP | (scrolls ? SCROLL : 0));
}
void cnewt_set_text(cnewt_component text, const char *words) { newtTextboxSetText(text, words); }

cnewt_component cnewt_list(int left, int top, int width, int height, bool scrolls) {
    cnewt_component list = newtListbox(left, top, height, RETURN_EXIT | (scrolls ? SCROLL : 0));
    newtListboxSetWidth(list, width);
    return list;
}
// Newt takes a tag of NULL for none.
void cnewt_append(cnewt_component list, const char *text, long tag) { newtListboxAppendEntry(list, text, (void *)(intptr_t)(tag + 1)); }
void cnewt_select(cnewt_component list, int row) { newtListboxSetCurrent(list, row); }
long cnewt_current(cnewt_component list) { return (long)(intptr_t)newtListboxGetCurrent(list) - 1; }

cnewt_component cnewt_ticks(int left, int top, int width, int height, bool scrolls) {
    cnewt_component ticks = newtCheckboxTree(left, top, height, scrolls ? SCROLL : 0);
    newtCheckboxTreeSetWidth(ticks, width);
    return ticks;
}
void cnewt_append_tick(cnewt_component ticks, const char *text, long tag, bool ticked) {
    newtCheckboxTreeAddItem(ticks, text, (void *)(intptr_t)(tag + 1), ticked ? SELECTED : 0, APPEND, END_OF_ARGUMENTS);
}
bool cnewt_ticked(cnewt_component ticks, long tag) {
    return newtCheckboxTreeGetEntryValue(ticks, (void *)(intptr_t)(tag + 1)) == '*';
}

cnewt_component cnewt_entry(int left, int top, int width, const char *value, bool hidden) {
    return newtEntry(left, top, value, width, NULL, SCROLL | (hidden ? HIDDEN : 0));
}
const char *cnewt_value(cnewt_component entry) { return newtEntryGetValue(entry); }

cnewt_component cnewt_scale(int left, int top, int width, long long full) { return newtScale(left, top, width, full); }
void cnewt_set_scale(cnewt_component scale, long long amount) { newtScaleSet(scale, (unsigned long long)amount); }

void cnewt_on_change(cnewt_component component, void (*call)(cnewt_component, void *), void *context) {
    newtComponentAddCallback(component, call, context);
}
