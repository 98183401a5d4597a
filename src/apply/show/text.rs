//! Lines for a terminal: colours, indentation, and words that stay whole where a line is broken.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use console::measure_text_width;

use super::sheet::{Line, Sheet, Tone};

/// One step of indentation; the rest of a line that is broken is moved by one more.
const STEP: usize = 2;

/// Writes what is told of a server, in lines of at most `width` columns as far as words allow it.
pub fn write(sheet: &Sheet, width: usize, text: &mut String) {
    let mut page = Page { width, text };
    page.line(0, &Line::of(0, Tone::Heading, sheet.name.as_str()));
    sheet.head.iter().for_each(|line| page.line(1, line));
    for (index, group) in sheet.groups.iter().enumerate() {
        if index > 0 {
            page.text.push('\n');
        }
        page.line(1, &Line::of(0, Tone::Heading, group.name.as_str()));
        for (index, block) in group.blocks.iter().enumerate() {
            if index > 0 {
                page.text.push('\n');
            }
            for object in block {
                page.line(2, &object.head);
                object.lines.iter().for_each(|line| page.line(4, line));
            }
        }
    }
    sheet.foot.iter().for_each(|line| page.line(1, line));
    page.text.push('\n');
}

/// Writes a line that stands for itself.
pub fn line(line: &Line, width: usize, text: &mut String) {
    Page { width, text }.line(0, line);
}

/// The colour of a tone.
pub fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Heading | Tone::New => Style::new().bold(),
        Tone::Create => AnsiColor::Green.on_default(),
        Tone::Change | Tone::Warning => AnsiColor::Yellow.on_default(),
        Tone::Remove => AnsiColor::Red.on_default(),
        Tone::Danger => AnsiColor::BrightRed.on_default().bold(),
    }
}

struct Page<'a> {
    width: usize,
    text: &'a mut String,
}

/// The parts of a word: colours can change within it.
type Word<'a> = Vec<(Tone, &'a str)>;

impl Page<'_> {
    fn line(&mut self, steps: usize, line: &Line) {
        let mut column = (steps + line.depth) * STEP;
        let rest = column + STEP;
        self.text.push_str(&" ".repeat(column));
        let mut open = Style::new();
        for (index, word) in words(line).into_iter().enumerate() {
            let wide: usize = word.iter().map(|(_, part)| measure_text_width(part.trim_end())).sum();
            if index > 0 && column + wide > self.width {
                self.end(open);
                (column, open) = (rest, Style::new());
                self.text.push_str(&" ".repeat(column));
            }
            for (tone, part) in word {
                if style(tone) != open {
                    // Writing to a String cannot fail.
                    let _ = write!(self.text, "{open:#}{}", style(tone));
                    open = style(tone);
                }
                self.text.push_str(part);
                column += measure_text_width(part);
            }
        }
        self.end(open);
    }

    /// Ends a line, without spaces behind its last word.
    fn end(&mut self, open: Style) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        let _ = writeln!(self.text, "{open:#}");
    }
}

/// The words of a line, each with the spaces behind it; the mark belongs to the first one.
fn words(line: &Line) -> Vec<Word<'_>> {
    let tone = match line.mark {
        Some('~') => Tone::Change,
        _ => line.parts.first().map_or(Tone::Plain, |(tone, _)| *tone),
    };
    let mark = line.mark.map(|mark| match mark {
        '+' => "+ ",
        '-' => "- ",
        '~' => "~ ",
        _ => "  ",
    });
    let mut words: Vec<Word<'_>> = vec![mark.map(|mark| (tone, mark)).into_iter().collect()];
    let mut goes_on = true;
    for (tone, text) in &line.parts {
        for part in text.split_inclusive(' ') {
            match words.last_mut() {
                Some(word) if goes_on => word.push((*tone, part)),
                _ => words.push(vec![(*tone, part)]),
            }
            goes_on = !part.ends_with(' ');
        }
    }
    words
}
