#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <vector>

#include "runtime/sandbox.h"

namespace runtime {

namespace {

using base::Result;

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kOtherCallingConvention = 0x40000000;  // x32
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kOtherCallingConvention = 0;
#else
#error "The filter of system calls needs the number of this architecture."
#endif

// Those that reach other processes, the kernel's own state, or make new rooms in which the rest could be had again.
constexpr std::uint32_t kRefused[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_perf_event_open,
    SYS_bpf,
    SYS_userfaultfd,
    SYS_lookup_dcookie,
    // Namespaces and mounts.
    SYS_unshare,
    SYS_setns,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_fanotify_init,
    SYS_quotactl,
    SYS_swapon,
    SYS_swapoff,
    // The machine.
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_syslog,
    SYS_vhangup,
    SYS_nfsservctl,
#if defined(__x86_64__)
    SYS_iopl,
    SYS_ioperm,
    SYS_uselib,
    SYS_create_module,
    SYS_modify_ldt,
#endif
    // Keys are kept by user, not by sandbox; NUMA placement is the machine's.
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_move_pages,
    SYS_migrate_pages,
};

// To programs, these are missing: they have another way. What a filter can not look into must not be there either.
constexpr std::uint32_t kMissing[] = {SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};

constexpr std::uint32_t kNewRooms =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    // Calls of another architecture have other numbers.
    skip_unless(BPF_JEQ, kArchitecture, 1, Skip::kIfTrue);
    answer(ENOSYS);
    load(offsetof(seccomp_data, nr));
    if (kOtherCallingConvention != 0) {
      skip_unless(BPF_JSET, kOtherCallingConvention, 1, Skip::kIfFalse);
      answer(ENOSYS);
    }
    for (std::uint32_t call : kRefused) refuse(call, EPERM);
    for (std::uint32_t call : kMissing) refuse(call, ENOSYS);
    refuse_argument(SYS_clone, 0, BPF_JSET, {kNewRooms});
    // Characters typed into the terminal of whoever started the server.
    refuse_argument(SYS_ioctl, 1, BPF_JEQ, {TIOCSTI, TIOCLINUX});
    // Families that reach the machine rather than a network.
    refuse_argument(SYS_socket, 0, BPF_JEQ, {AF_ALG, AF_VSOCK, AF_PACKET, AF_BLUETOOTH, AF_KEY, AF_TIPC, AF_NFC});
    code_.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }

  sock_fprog program() { return {static_cast<unsigned short>(code_.size()), code_.data()}; }

 private:
  enum class Skip { kIfTrue, kIfFalse };

  void load(std::size_t offset) { code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, std::uint32_t(offset))); }
  void skip_unless(int comparison, std::uint32_t value, int count, Skip when) {
    bool if_true = when == Skip::kIfTrue;
    code_.push_back(BPF_JUMP(static_cast<unsigned short>(BPF_JMP | comparison | BPF_K), value,
                             static_cast<unsigned char>(if_true ? count : 0),
                             static_cast<unsigned char>(if_true ? 0 : count)));
  }
  void answer(int problem) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | std::uint32_t(problem))); }
  void refuse(std::uint32_t call, int problem) {
    skip_unless(BPF_JEQ, call, 1, Skip::kIfFalse);
    answer(problem);
  }
  // Refuses a call when the low half of an argument compares with one of the values.
  void refuse_argument(std::uint32_t call, int argument, int comparison, const std::vector<std::uint32_t>& values) {
    int inside = 1 + 2 * static_cast<int>(values.size()) + 1;
    skip_unless(BPF_JEQ, call, inside, Skip::kIfFalse);
    load(offsetof(seccomp_data, args) + 8 * argument);
    for (std::uint32_t value : values) {
      skip_unless(comparison, value, 1, Skip::kIfFalse);
      answer(EPERM);
    }
    load(offsetof(seccomp_data, nr));
  }

  std::vector<sock_filter> code_;
};

}  // namespace

Result<void> filter_system_calls() {
  Filter filter;
  sock_fprog program = filter.program();
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    return fail_with_errno("The filter of system calls was refused");
  return {};
}

}  // namespace runtime
