package stall

import (
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	type look struct {
		at       time.Duration
		hasWork  bool
		progress uint64
	}
	tests := map[string]struct {
		looks []look
		want  time.Duration
	}{
		"never observed":         {nil, 0},
		"observed once":          {[]look{{0, true, 0}}, 0},
		"nothing to do":          {[]look{{0, false, 0}, {time.Second, false, 0}, {2 * time.Second, false, 0}}, 0},
		"gets on":                {[]look{{0, true, 1}, {time.Second, true, 2}, {2 * time.Second, true, 3}}, 0},
		"does not get on":        {[]look{{0, true, 1}, {time.Second, true, 1}, {3 * time.Second, true, 1}}, 3 * time.Second},
		"since the work came":    {[]look{{0, false, 1}, {time.Second, true, 1}, {2 * time.Second, true, 1}}, 2 * time.Second},
		"since it last got on":   {[]look{{0, true, 1}, {time.Second, true, 2}, {3 * time.Second, true, 2}}, 2 * time.Second},
		"got on again":           {[]look{{0, true, 1}, {2 * time.Second, true, 1}, {3 * time.Second, true, 2}}, 0},
		"its work went away":     {[]look{{0, true, 1}, {2 * time.Second, true, 1}, {3 * time.Second, false, 1}}, 0},
		"frozen in the middle":   {[]look{{0, true, 1}, {time.Minute, true, 1}}, 0},
		"stalled since a freeze": {[]look{{0, true, 1}, {time.Minute, true, 1}, {time.Minute + time.Second, true, 1}}, time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var w Watch
			for _, look := range test.looks {
				w.Observe(time.Unix(1000, 0).Add(look.at), look.hasWork, look.progress)
			}
			if got := w.Lasting(); got != test.want {
				t.Errorf("Lasting = %v, want %v", got, test.want)
			}
		})
	}
}
